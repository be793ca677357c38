// SPDX-License-Identifier: Apache-2.0
import { randomFillSync } from 'node:crypto';

const POOL_BYTES = 4096;
const pool = new Uint8Array(POOL_BYTES);
let used = POOL_BYTES;
let lastMillis = 0;
let sequence = 0;

// The text is written as bytes and read as one flat string: putting it together from parts makes a tree of a dozen strings.
const text = Buffer.from('00000000-0000-7000-8000-000000000000', 'latin1');
const DIGITS = Buffer.from('0123456789abcdef', 'latin1');
let writtenMillis = 0;

/** A new version 7 UUID (RFC 9562), strictly increasing within this thread. */
export function uuidV7(): string {
  if (used + 8 > POOL_BYTES) {
    randomFillSync(pool);
    used = 0;
  }
  const at = used;
  used += 8;
  const millis = Date.now();
  if (millis > lastMillis) {
    lastMillis = millis;
    sequence = (((pool[at] as number) << 8) | (pool[at + 1] as number)) & 0x7ff;
  } else if (++sequence > 0xfff) {
    lastMillis++;
    sequence = 0;
  }
  if (lastMillis !== writtenMillis) {
    const digits = lastMillis.toString(16).padStart(12, '0');
    text.write(digits.slice(0, 8), 0, 'latin1');
    text.write(digits.slice(8), 9, 'latin1');
    writtenMillis = lastMillis;
  }
  text[15] = digit(sequence >> 8);
  writeByte(16, sequence);
  writeByte(19, ((pool[at + 2] as number) & 0x3f) | 0x80);
  for (let index = 3; index < 8; index++) writeByte(index === 3 ? 21 : 16 + index * 2, pool[at + index] as number);
  writeByte(32, (pool[at] as number) ^ (pool[at + 3] as number));
  writeByte(34, (pool[at + 1] as number) ^ (pool[at + 5] as number));
  return text.toString('latin1');
}

const digit = (value: number): number => DIGITS[value & 0xf] as number;

function writeByte(at: number, byte: number): void {
  text[at] = digit(byte >> 4);
  text[at + 1] = digit(byte);
}

const digits = Buffer.alloc(32);
const DASHED = Buffer.from(text);

/** A W3C trace id written as a UUID: the identity of a stack that belongs to a trace. */
export function traceIdAsUuid(traceId: string): string {
  digits.write(traceId, 0, 'latin1');
  for (let from = 0, to = 0; from < 32; from++, to++) {
    if (from === 8 || from === 12 || from === 16 || from === 20) to++;
    DASHED[to] = digits[from] as number;
  }
  return DASHED.toString('latin1');
}
