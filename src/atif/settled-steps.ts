// SPDX-License-Identifier: Apache-2.0
import { draftOf, numbered, runOf } from './run-by-code.ts';
import type { Scope } from './scopes.ts';
import type { StepDraft } from './step-draft.ts';

/**
 * Steps of tools that code ran, when nothing more is to come for them: their text, instead of all that is held of scopes that something may still
 * happen to. A document need not be told anew because of them. Never changes.
 */
export interface SettledSteps {
  /** JSON text of the steps in order of time, one in each line, numbered from the first one's. */
  readonly text: string;
  /** Bytes of a character. */
  readonly width: 1 | 2;
  readonly firstId: number;
  readonly count: number;
  readonly from: number;
  readonly to: number;
  /** At least the names of the tools, and the scopes around them. */
  readonly names: ReadonlySet<string>;
  readonly parents: ReadonlySet<string | null>;
}

/** Between two lines of the text. */
export const SEPARATOR = ',\n';

/** The text with the number that its first step has in a document. */
export function settledText(steps: SettledSteps, firstId: number): string {
  if (steps.firstId === firstId) return steps.text;
  let id = firstId;
  let text = '';
  for (const line of linesOf(steps)) text += `${text === '' ? '' : SEPARATOR}${numbered(line, id++)}`;
  return text;
}

/** The steps one by one. */
export function draftsOf(steps: SettledSteps): readonly StepDraft[] {
  return linesOf(steps).map(draftOf);
}

/** Their lines without numbers. */
export function linesOf({ text }: Pick<SettledSteps, 'text'>): readonly string[] {
  return text.split(SEPARATOR).map(withoutNumber);
}

/** About the bytes of the text. */
export function sizeOf({ text, width }: SettledSteps): number {
  return text.length * width;
}

/** The tools that are meant, and the steps without theirs, with exactly the names and parents of those that are left. */
export function without(
  steps: SettledSteps,
  isMeant: (tool: Scope) => boolean,
): { readonly tools: readonly Scope[]; readonly rest: readonly SettledSteps[] } {
  const tools: Scope[] = [];
  const names = new Set<string>();
  const parents = new Set<string | null>();
  const kept = linesOf(steps).filter((line) => {
    const tool = runOf(line);
    if (isMeant(tool)) {
      tools.push(tool);
      return false;
    }
    names.add(tool.name);
    parents.add(tool.parentUuid);
    return true;
  });
  const said = { ...steps, names, parents };
  if (tools.length === 0) return { tools, rest: [said] };
  const text = kept.map((line, index) => numbered(line, steps.firstId + index)).join(SEPARATOR);
  return { tools, rest: partOf(said, text, steps.firstId, kept.length) };
}

/**
 * The tool with this uuid, and what stands before and after it. Undefined where it is not among them. Copies nothing: tools may have many
 * children that end later than they.
 */
export function withoutOne(
  steps: SettledSteps,
  uuid: string,
): { readonly tool: Scope; readonly rest: readonly SettledSteps[] } | undefined {
  const { text, firstId, count } = steps;
  for (let at = text.indexOf(uuid); at >= 0; at = text.indexOf(uuid, at + 1)) {
    const start = text.lastIndexOf(SEPARATOR, at);
    const end = text.indexOf(SEPARATOR, at);
    const line = text.slice(start < 0 ? 0 : start + SEPARATOR.length, end < 0 ? text.length : end);
    const tool = runOf(withoutNumber(line));
    // Another step may speak of it.
    if (tool.uuid !== uuid) continue;
    const id = Number(/\d+/.exec(line)?.[0]);
    const before = start < 0 ? [] : partOf(steps, text.slice(0, start), firstId, id - firstId);
    const after = end < 0 ? [] : partOf(steps, text.slice(end + SEPARATOR.length), id + 1, firstId + count - id - 1);
    return { tool, rest: [...before, ...after] };
  }
  return undefined;
}

function partOf(steps: SettledSteps, text: string, firstId: number, count: number): readonly SettledSteps[] {
  if (count === 0) return [];
  const end = text.indexOf(SEPARATOR);
  const start = text.lastIndexOf(SEPARATOR);
  const first = end < 0 ? text : text.slice(0, end);
  const last = start < 0 ? text : text.slice(start + SEPARATOR.length);
  const timeOf = (line: string): number => draftOf(withoutNumber(line)).micros;
  return [{ ...steps, text, firstId, count, from: timeOf(first), to: timeOf(last) }];
}

function withoutNumber(line: string): string {
  return line.slice(line.indexOf(',') + 1);
}

/** Several steps, not one. */
export function isSettled(entry: StepDraft | SettledSteps): entry is SettledSteps {
  return 'text' in entry;
}

/** Drafts and settled steps in order of time. Settled steps among which something else belongs are taken apart. */
export function inOrder(
  drafts: readonly StepDraft[],
  settled: readonly SettledSteps[],
): readonly (StepDraft | SettledSteps)[] {
  const all = [...drafts, ...settled].toSorted((a, b) => fromOf(a) - fromOf(b));
  if (settled.length === 0) return all;
  const mixed = new Set<StepDraft | SettledSteps>();
  let widest = all[0];
  for (const [index, next] of all.entries()) {
    if (index === 0 || widest === undefined) continue;
    if (fromOf(next) <= toOf(widest)) mixed.add(widest).add(next);
    if (toOf(next) > toOf(widest)) widest = next;
  }
  if (mixed.size === 0) return all;
  return all
    .flatMap((each) => (isSettled(each) && mixed.has(each) ? draftsOf(each) : each))
    .toSorted((a, b) => fromOf(a) - fromOf(b));
}

function fromOf(entry: StepDraft | SettledSteps): number {
  return isSettled(entry) ? entry.from : entry.micros;
}

function toOf(entry: StepDraft | SettledSteps): number {
  return isSettled(entry) ? entry.to : entry.micros;
}
