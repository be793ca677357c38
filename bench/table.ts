// SPDX-License-Identifier: Apache-2.0
import { SYSTEMS, type SystemName, type Target } from './cases.ts';
import type { Rounds } from './rounds.ts';
import { type Spread, pairwise, spreadOf } from './statistics.ts';

/** One row: costs of every system and what they are to one another. */
export interface Row {
  readonly title: string;
  readonly unit: 'us' | 'ms';
  readonly costs: ReadonlyMap<SystemName, Spread>;
  readonly verdicts: readonly Verdict[];
}

export interface Verdict {
  readonly target: Target;
  readonly ratio: Spread;
  /** Undefined where nothing is demanded. */
  readonly passed: boolean | undefined;
}

/** The row of a case. With `base` the figures are what each system adds to that one. */
export function createRow(
  title: string,
  unit: Row['unit'],
  rounds: Rounds,
  targets: readonly Target[],
  base?: 'plain' | 'node',
): Row {
  const costs = new Map<SystemName, readonly number[]>();
  const baseline = base === undefined ? undefined : rounds.get(base);
  for (const name of SYSTEMS) {
    const own = rounds.get(name);
    if (own === undefined) continue;
    costs.set(name, baseline === undefined || name === base ? own : pairwise(own, baseline, (a, b) => a - b));
  }
  const verdicts = targets.flatMap((target): Verdict[] => {
    const [flow, other] = [costs.get('flow'), costs.get(target.than)];
    if (flow === undefined || other === undefined) return [];
    const ratio = {
      ...spreadOf(pairwise(flow, other, (a, b) => a / b)),
      median: spreadOf(flow).median / spreadOf(other).median,
    };
    return [{ target, ratio, passed: target.atMost === undefined ? undefined : ratio.median <= target.atMost }];
  });
  return { title, unit, costs: new Map([...costs].map(([name, values]) => [name, spreadOf(values)])), verdicts };
}

const HEADINGS: Readonly<Record<SystemName, string>> = {
  plain: 'plain',
  context: 'context.with',
  span: 'OTel by hand',
  flow: 'Flow',
  'nemo-flow': 'nemo-flow-node',
};

/** All rows as one table; a row with several targets takes a line for each. */
export function printTable(rows: readonly Row[]): string {
  const head = ['case', '', ...SYSTEMS.map((name) => HEADINGS[name]), 'Flow / other', 'ratio', 'target', ''];
  const lines = rows.flatMap(({ title, unit, costs, verdicts }) => {
    const cells = [title, unit, ...SYSTEMS.map((name) => printSpread(costs.get(name)))];
    const blank = cells.map(() => '');
    const [first, ...others] = verdicts.map(printVerdict);
    return [[...cells, ...(first ?? ['', '', '', ''])], ...others.map((verdict) => [...blank, ...verdict])];
  });
  const widths = head.map((_, column) => Math.max(...[head, ...lines].map((line) => line[column]?.length ?? 0)));
  const print = (line: readonly string[]): string =>
    line
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd();
  return [print(head), widths.map((width) => '-'.repeat(width)).join('  '), ...lines.map(print)].join('\n');
}

function printVerdict({ target, ratio, passed }: Verdict): string[] {
  const verdict = passed === undefined ? '' : passed ? 'pass' : 'FAIL';
  return [HEADINGS[target.than], printSpread(ratio), target.atMost === undefined ? '' : `<= ${target.atMost}`, verdict];
}

const printSpread = (spread: Spread | undefined): string =>
  spread === undefined ? '' : `${round(spread.median)} [${round(spread.min)}..${round(spread.max)}]`;

const round = (value: number): string => (Math.abs(value) >= 100 ? value.toFixed(0) : value.toPrecision(2));
