// SPDX-License-Identifier: Apache-2.0
import { MEASURES, type Measure, SYSTEMS, type SystemName, type Target } from './case.ts';
import type { Participant, Samples } from './rounds.ts';
import { type Spread, pairwise, printFigure, printSpread, spreadOf } from './statistics.ts';

/** What a row's other figure is. */
export interface Verdict {
  readonly target: Target;
  /** The measure that is judged: of wall and CPU time the one with the worse ratio. */
  readonly measure: Measure;
  /** To the other figure; the figure itself where the target names none. */
  readonly ratio: Spread;
  readonly figure: Spread;
  readonly other?: Spread;
}

/** One row: figures of every participant, and what Flow's are to the others'. Plain data: it is kept as JSON. */
export interface Row {
  readonly name: string;
  readonly title: string;
  /** How often Flow was measured. */
  readonly rounds: number;
  readonly figures: Readonly<Partial<Record<Measure, Readonly<Record<string, Spread>>>>>;
  readonly verdicts: readonly Verdict[];
}

/** The row of a case. With `base` the figures are what each system adds to that one. */
export function createRow(
  name: string,
  title: string,
  samples: Samples,
  targets: readonly Target[],
  base?: SystemName,
): Row {
  const relative = Object.entries(samples).map(([measure, rounds]) => [measure, addedTo(base, rounds)] as const);
  const figures = relative.map(([measure, rounds]) => [
    measure,
    Object.fromEntries([...rounds].map(([system, values]) => [system, spreadOf(values)])),
  ]);
  const all: Samples = Object.fromEntries(relative);
  const rounds = relative[0]?.[1].get('flow')?.length ?? 0;
  const verdicts = targets.flatMap((each) => judge(each, all));
  return { name, title, rounds, figures: Object.fromEntries(figures), verdicts };
}

type Rounds = ReadonlyMap<Participant, readonly number[]>;

function addedTo(base: SystemName | undefined, rounds: Rounds): Map<Participant, readonly number[]> {
  const baseline = base === undefined ? undefined : rounds.get(base);
  const add = (name: Participant, own: readonly number[]): readonly number[] =>
    baseline === undefined || name === base ? own : pairwise(own, baseline, (a, b) => a - b);
  return new Map([...rounds].map(([name, own]) => [name, add(name, own)]));
}

function judge(target: Target, samples: Samples): Verdict[] {
  const { of = 'time', than, thanOf, thanCase } = target;
  const measures = of === 'time' ? (['wall', 'cpu'] as const) : [of];
  const verdicts = measures.flatMap((measure): Verdict[] => {
    const own = samples[measure]?.get('flow');
    if (own === undefined) return [];
    const figure = spreadOf(own);
    if (than === undefined) return [{ target, measure, ratio: figure, figure }];
    const others = samples[thanOf ?? measure]?.get(thanCase === undefined ? than : `${than}@${thanCase}`);
    if (others === undefined) return [];
    const other = spreadOf(others);
    const rounds = spreadOf(pairwise(own, others, (a, b) => a / b));
    // Where one was measured more often than the other there are no rounds to speak of.
    const ratio = own.length === others.length ? rounds : { ...rounds, median: figure.median / other.median };
    return [{ target, measure, ratio, figure, other }];
  });
  return verdicts.toSorted((a, b) => b.ratio.median - a.ratio.median).slice(0, 1);
}

/** What is to be said about a verdict; undefined where nothing is demanded. */
export function outcomeOf({
  target: { atMost, stretch },
  ratio,
  other,
}: Verdict): 'stretch' | 'target' | 'MISSED' | 'unclear' | undefined {
  if (atMost === undefined) return undefined;
  // What is added is less than what the plain call varies by, be it in one round: a ratio of such figures says nothing.
  if (other !== undefined && other.min <= 0) return 'unclear';
  if (stretch !== undefined && ratio.median <= stretch) return 'stretch';
  return ratio.median <= atMost ? 'target' : 'MISSED';
}

export const HEAD = ['case', 'measure', 'Flow', 'against', 'other', 'ratio', 'target', 'stretch', 'reached'] as const;

/** A line of cells for each verdict of a row, in the order of `HEAD`. */
export function cellsOf({ title, verdicts }: Row): readonly (readonly string[])[] {
  return verdicts.map((verdict) => {
    const { target, measure, figure, other, ratio } = verdict;
    const demand = (limit: number | undefined): string => (limit === undefined ? '' : `<= ${limit}`);
    const against = target.than === undefined ? '' : SYSTEMS[target.than];
    return [
      title,
      `${measure}, ${MEASURES[measure]}`,
      printFigure(figure.median),
      [against, target.thanCase ?? target.thanOf].filter((part) => part !== undefined).join(', '),
      other === undefined ? '' : printFigure(other.median),
      other === undefined ? '' : outcomeOf(verdict) === 'unclear' ? '?' : printSpread(ratio),
      demand(target.atMost),
      demand(target.stretch),
      outcomeOf(verdict) ?? '',
    ];
  });
}

/** All rows as one table; a row with several targets takes a line for each. */
export function printTable(rows: readonly Row[]): string {
  const lines = rows.flatMap((row) =>
    cellsOf(row).map((cells, index) => (index === 0 ? cells : ['', ...cells.slice(1)])),
  );
  const widths = HEAD.map((_, column) => Math.max(...[HEAD, ...lines].map((line) => line[column]?.length ?? 0)));
  const print = (line: readonly string[]): string =>
    line
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd();
  return [print(HEAD), widths.map((width) => '-'.repeat(width)).join('  '), ...lines.map(print)].join('\n');
}
