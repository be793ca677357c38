// SPDX-License-Identifier: Apache-2.0
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { TextSum } from '../../src/atif/text-sum.ts';

function sumOf(texts: readonly string[]): string {
  const sum = new TextSum();
  for (const text of texts) sum.add(text);
  return sum.end();
}

describe('the sum of a list of texts', () => {
  it('is the same for the same list, and another for any other', () => {
    const list = fc.array(fc.string({ maxLength: 3 }), { maxLength: 4 });
    fc.assert(
      fc.property(list, list, (one, other) => {
        expect(sumOf(one) === sumOf(other)).toBe(JSON.stringify(one) === JSON.stringify(other));
      }),
      { numRuns: 2000 },
    );
  });

  it('is another one for each of a hundred thousand texts that differ in a character or two', () => {
    const sums = new Set<string>();
    for (let i = 0; i < 300; i++)
      for (let k = 0; k < 334; k++)
        sums.add(sumOf([`The weather in ${String.fromCodePoint(i)} is ${String.fromCodePoint(k)} today`]));
    expect(sums.size).toBe(300 * 334);
  });

  it('is another one for each place in which a long text may have changed', () => {
    const text = 'a'.repeat(9001);
    const sums = new Set([sumOf([text])]);
    for (let at = 0; at < text.length; at++) sums.add(sumOf([`${text.slice(0, at)}b${text.slice(at + 1)}`]));
    expect(sums.size).toBe(9002);
  });

  it('tells where a text ends', () => {
    expect(sumOf(['ab', 'c'])).not.toBe(sumOf(['a', 'bc']));
    expect(sumOf(['', ''])).not.toBe(sumOf(['']));
  });
});
