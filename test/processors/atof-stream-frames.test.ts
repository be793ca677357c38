// SPDX-License-Identifier: Apache-2.0
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Frame, OPCODE, clientFrame, frameReader } from '../../src/processors/atof-stream-frames.ts';

const serverFrame = (opcode: number, payload: Buffer): Buffer => {
  const { length } = payload;
  const head = Buffer.alloc(length < 126 ? 2 : length < 65_536 ? 4 : 10);
  head[0] = 0x80 | opcode;
  head[1] = length < 126 ? length : length < 65_536 ? 126 : 127;
  if (head.length === 4) head.writeUInt16BE(length, 2);
  if (head.length === 10) head.writeBigUInt64BE(BigInt(length), 2);
  return Buffer.concat([head, payload]);
};

test('control frames are found however a server cuts what it sends, and nothing else is', () => {
  const lengths = fc.oneof(fc.integer({ min: 0, max: 125 }), fc.constantFrom(126, 1000, 65_535, 65_536, 100_000));
  const frames = fc.array(fc.tuple(fc.constantFrom(0x0, 0x1, 0x2, 0x8, 0x9, 0xa), lengths), { maxLength: 8 });
  fc.assert(
    fc.property(frames, fc.array(fc.integer({ min: 1, max: 40_000 })), (sent, cuts) => {
      const found: Frame[] = [];
      const read = frameReader((frame) => void found.push(frame));
      let bytes = Buffer.concat(sent.map(([opcode, length]) => serverFrame(opcode, Buffer.alloc(length, 'x'))));
      for (const cut of cuts) {
        read(bytes.subarray(0, cut));
        bytes = bytes.subarray(cut);
      }
      read(bytes);
      const control = sent.filter(([opcode, length]) => opcode >= OPCODE.close && length <= 125);
      expect(found.map(({ opcode, payload }) => [opcode, payload.toString()])).toEqual(
        control.map(([opcode, length]) => [opcode, 'x'.repeat(length)]),
      );
    }),
    { numRuns: 300 },
  );
});

test.each([0, 125, 126, 65_535, 65_536])('a message of %s bytes is masked and says how long it is', (length) => {
  const frame = clientFrame(OPCODE.text, Buffer.alloc(length, 'y'));
  const head = length < 126 ? 2 : length < 65_536 ? 4 : 10;
  expect(frame).toHaveLength(head + 4 + length);
  expect([frame[0], (frame[1] as number) & 0x80]).toEqual([0x81, 0x80]);
  const payload = frame.subarray(head + 4).map((byte, i) => byte ^ (frame[head + (i & 3)] as number));
  expect(Buffer.from(payload).toString()).toBe('y'.repeat(length));
});
