// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from 'vitest';
import type { Target } from '../../bench/case.ts';
import { createRow, outcomeOf, printTable } from '../../bench/table.ts';

const TARGET: Target = { of: 'cpu', than: 'openinference', atMost: 0.8, stretch: 0.5 };

function rowOf(flow: readonly number[], other: readonly number[], target: Target = TARGET) {
  const plain = flow.map(() => 100);
  const cpu = new Map([
    ['plain', plain],
    ['flow', flow],
    ['openinference', other],
  ] as const);
  return createRow('row', 'a row', { cpu }, [target], 'plain');
}

function outcomeIn(flow: readonly number[], other: readonly number[], target?: Target) {
  const [verdict] = rowOf(flow, other, target).verdicts;
  return verdict && outcomeOf(verdict);
}

describe('what the bench says of a row', () => {
  it('is by the ratio of what both add to the plain call', () => {
    expect(outcomeIn([104], [110])).toBe('stretch');
    expect(outcomeIn([107], [110])).toBe('target');
    expect(outcomeIn([109], [110])).toBe('MISSED');
  });

  it('is by the median of the rounds', () => {
    expect(outcomeIn([107, 140, 106], [110, 110, 110])).toBe('target');
  });

  it('is that nothing is clear where the other adds less than the plain call varies by', () => {
    expect(outcomeIn([109], [99])).toBe('unclear');
    expect(outcomeIn([99], [99])).toBe('unclear');
    expect(outcomeIn([101, 98, 101], [101, 99, 104])).toBe('unclear');
  });

  it('is by the figure itself where the target names no other', () => {
    const target: Target = { of: 'cpu', atMost: 5 };
    expect(outcomeIn([104], [110], target)).toBe('target');
    expect(outcomeIn([106], [110], target)).toBe('MISSED');
  });

  it('is nothing where nothing is demanded, and the ratio is shown', () => {
    const target: Target = { of: 'cpu', than: 'openinference' };
    expect(outcomeIn([109], [110], target)).toBeUndefined();
    expect(printTable([rowOf([109], [110], target)])).toMatch(/a row +cpu, us +9 +OpenInference openai +10 +0\.9/);
  });
});
