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

/** The lower quartile: other work on the machine only ever adds to a figure. */
export function quietOf(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 4)] ?? Number.NaN;
}

/** Round by round, so that what slows the machine down for a while slows both. */
export function pairwise(a: readonly number[], b: readonly number[], join: (a: number, b: number) => number): number[] {
  return a.map((value, round) => join(value, b[round] ?? Number.NaN));
}

/** Three digits at most, and no decimals where they say nothing. A ratio to nothing is not a number, and null once it was kept as JSON. */
export function printFigure(value: number | null): string {
  if (value === null || !Number.isFinite(value)) return '?';
  return Math.abs(value) >= 100 ? value.toFixed(0) : String(Number(value.toPrecision(2)));
}

export const printSpread = ({ median, min, max }: Spread): string =>
  `${printFigure(median)} [${printFigure(min)}..${printFigure(max)}]`;
