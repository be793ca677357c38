// SPDX-License-Identifier: Apache-2.0
import { describe, expect, test } from 'vitest';
import { randomOf } from './random.ts';
import { runCases } from './run.ts';

/** A busy machine takes a minute for all of them. */
const TIMEOUT = 300_000;

// In this order: once a context manager was there, what comes after relies on it.
describe('random programs get no error that is not their own, and their values back:', () => {
  test.each([
    [1, 20_000, 'without an SDK'],
    [3, 5000, 'without an SDK, where nobody reads along'],
    [2, 20_000, 'with an SDK'],
    [4, 5000, 'with an SDK, where nobody reads along'],
  ])(
    'seed %i, %i cases, %s',
    async (seed, cases) => {
      const report = await runCases({ seed, cases });
      expect(report.failure, `npm run fuzz -- --seed ${seed} --case ${report.failure?.case}`).toBeUndefined();
      expect(report.cases).toBe(cases);
    },
    TIMEOUT,
  );
});

test('a case of a seed is the same program every time', () => {
  const numbers = (seed: number, index: number): number[] => {
    const random = randomOf(seed, index);
    const fork = random.fork();
    return [random.below(1000), fork.below(1000), random.below(1000), fork.below(1000)];
  };
  expect(numbers(7, 12)).toEqual(numbers(7, 12));
  expect(numbers(7, 12)).not.toEqual(numbers(7, 13));
  expect(numbers(7, 12)).not.toEqual(numbers(8, 12));
});
