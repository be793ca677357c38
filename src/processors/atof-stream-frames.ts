// SPDX-License-Identifier: Apache-2.0
import { randomBytes } from 'node:crypto';

/** Kinds of WebSocket frames (RFC 6455) that a sender of texts meets. */
export const OPCODE = { text: 0x1, close: 0x8, ping: 0x9, pong: 0xa } as const;

/** A control frame that the receiver sent. */
export interface Frame {
  readonly opcode: number;
  readonly payload: Buffer;
}

/** Longest control frame; whatever else a receiver of events sends is skipped. */
const MAX_CONTROL = 125;

/** A whole message as a client's frame, masked as the protocol asks of clients. */
export function clientFrame(opcode: number, payload: Buffer): Buffer {
  const { length } = payload;
  const head = length <= MAX_CONTROL ? Buffer.alloc(2) : length <= 0xffff ? Buffer.alloc(4) : Buffer.alloc(10);
  head[0] = 0x80 | opcode;
  head[1] = 0x80 | (length <= MAX_CONTROL ? length : length <= 0xffff ? 126 : 127);
  if (head.length === 4) head.writeUInt16BE(length, 2);
  if (head.length === 10) head.writeBigUInt64BE(BigInt(length), 2);
  const mask = randomBytes(4);
  const masked = Buffer.allocUnsafe(length);
  for (let i = 0; i < length; i++) masked[i] = (payload[i] as number) ^ (mask[i & 3] as number);
  return Buffer.concat([head, mask, masked]);
}

/** Reads control frames out of what a server sends. Everything else is skipped, however long it says that it is. */
export function frameReader(found: (frame: Frame) => void): (bytes: Buffer) => void {
  let rest: Buffer = Buffer.alloc(0);
  let skip = 0;
  return (bytes) => {
    const skipped = Math.min(skip, bytes.length);
    skip -= skipped;
    rest = Buffer.concat([rest, bytes.subarray(skipped)]);
    for (let size = headSize(rest); size !== undefined && skip === 0; size = headSize(rest)) {
      const opcode = (rest[0] as number) & 0x0f;
      const length = payloadLength(rest);
      if (opcode < OPCODE.close || length > MAX_CONTROL) {
        skip = Math.max(size + length - rest.length, 0);
        rest = rest.subarray(Math.min(size + length, rest.length));
        continue;
      }
      if (rest.length < size + length) return;
      found({ opcode, payload: Buffer.from(rest.subarray(size, size + length)) });
      rest = rest.subarray(size + length);
    }
  };
}

/** Bytes before the payload, once all of them are there. Servers do not mask. */
function headSize(bytes: Buffer): number | undefined {
  if (bytes.length < 2) return undefined;
  const short = (bytes[1] as number) & 0x7f;
  const size = short === 126 ? 4 : short === 127 ? 10 : 2;
  return bytes.length < size ? undefined : size;
}

function payloadLength(bytes: Buffer): number {
  const short = (bytes[1] as number) & 0x7f;
  if (short === 126) return bytes.readUInt16BE(2);
  return short === 127 ? Number(bytes.readBigUInt64BE(2)) : short;
}
