// SPDX-License-Identifier: Apache-2.0
import { expect, it } from 'vitest';
import { JsonPassthrough } from '../../src/codecs/value-codec.ts';
import { hostileValues } from './hostile-values.ts';

it('hands over every value as it is, in both directions', () => {
  for (const value of [...hostileValues(), { a: 1 }]) {
    expect(Object.is(JsonPassthrough.toJson(value), value)).toBe(true);
    expect(Object.is(JsonPassthrough.fromJson(value), value)).toBe(true);
  }
});
