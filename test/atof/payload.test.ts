// SPDX-License-Identifier: Apache-2.0
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Payload } from '../../src/atof/payload.ts';
import { copyWithSize, snapshot } from '../../src/atof/snapshot.ts';

const payloadOf = (value: unknown): Payload => {
  const { copy, size } = copyWithSize(value);
  return new Payload(copy, size);
};

describe('a payload that is not text yet', () => {
  it('has the text that the value had when it was taken', () => {
    fc.assert(
      fc.property(fc.anything({ withMap: true, withDate: true, withBigInt: true }), (value) => {
        const text = snapshot(value) ?? 'null';
        expect(payloadOf(value).text ?? 'null').toBe(text);
      }),
    );
  });

  it('reads as the value, before and after somebody has read its text', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const payload = payloadOf(value);
        const before = payload.read();
        void payload.text;
        expect([before, payload.read()]).toEqual([
          JSON.parse(JSON.stringify(value)),
          JSON.parse(JSON.stringify(value)),
        ]);
      }),
    );
  });

  it('does not change with the value, nor with what a reader does to what it got', () => {
    const value = { list: [{ deep: 1 }] };
    const payload = payloadOf(value);
    value.list.push({ deep: 2 });
    (payload.read() as typeof value).list.push({ deep: 3 });
    expect(payload.text).toBe('{"list":[{"deep":1}]}');
  });

  it('counts at least the characters of its text that are content, and keeps its size', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: 'grapheme-ascii', minLength: 1 })), (texts) => {
        const payload = payloadOf({ texts });
        const { size } = payload;
        expect(size).toBeGreaterThanOrEqual(texts.join('').length);
        void payload.text;
        expect(payload.size).toBe(size);
      }),
    );
  });
});
