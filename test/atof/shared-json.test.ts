// SPDX-License-Identifier: Apache-2.0
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { printJson, shareJson } from '../../src/atof/shared-json.ts';

it('an object that events share prints as any other, once, and cannot be changed', () => {
  fc.assert(
    fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (value) => {
      const text = JSON.stringify(value);
      expect(printJson(value)).toBe(text);
      const shared = shareJson(value);
      expect(shared).toBe(value);
      expect(Object.isFrozen(shared)).toBe(true);
      expect(printJson(shared)).toBe(text);
      expect(printJson(shareJson(shared))).toBe(text);
    }),
  );
});

it('one that is not shared is printed as it is by then', () => {
  const value = { a: 1 };
  expect(printJson(value)).toBe('{"a":1}');
  value.a = 2;
  expect(printJson(value)).toBe('{"a":2}');
});
