// SPDX-License-Identifier: Apache-2.0

/** Median, smallest and largest of the rounds. */
export interface Spread {
  readonly median: number;
  readonly min: number;
  readonly max: number;
}

export function spreadOf(values: readonly number[]): Spread {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (index: number): number => sorted[index] ?? Number.NaN;
  const middle = (sorted.length - 1) / 2;
  return { median: (at(Math.floor(middle)) + at(Math.ceil(middle))) / 2, min: at(0), max: at(sorted.length - 1) };
}

/** Round by round, so that what slows the machine down for a while slows both. */
export function pairwise(a: readonly number[], b: readonly number[], join: (a: number, b: number) => number): number[] {
  return a.map((value, round) => join(value, b[round] ?? Number.NaN));
}
