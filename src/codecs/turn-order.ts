// SPDX-License-Identifier: Apache-2.0
import type { Json } from '../atof/event.ts';

/** What a part of a turn is to us: text and media, a call of the model, its reasoning, or the result of a call. */
export type PartKind = 'content' | 'call' | 'thought' | 'result';

/** A part at its place: an application may list one object, or one text, at several. */
export interface Placed {
  readonly part: Json;
}

/** Puts a part at a place of its own. */
export function placed(part: Json): Placed {
  return { part };
}

/** The parts of each kind, in their order. */
export type ByKind<Part> = { readonly [kind in PartKind]: readonly Part[] };

/** Sorts parts by what they are; results of calls are messages of their own. */
export function byKind<Part>(parts: readonly Part[], kindOf: (part: Part) => PartKind): ByKind<Part> {
  const of = (kind: PartKind): readonly Part[] => parts.filter((part) => kindOf(part) === kind);
  return { content: of('content'), call: of('call'), thought: of('thought'), result: [] };
}

/** The edited parts in the order of the original ones; new ones follow their kind: reasoning, content, calls. */
export function interleave(
  originals: readonly Placed[],
  kindOf: (part: Placed) => PartKind,
  edited: ByKind<Placed>,
): readonly Json[] {
  const known = new Set(originals);
  const waiting = { thought: [...edited.thought], content: [...edited.content], call: [...edited.call], result: [] };
  const kinds = originals.map(kindOf);
  const result: Json[] = [];
  const take = (kind: PartKind, count: number): void => {
    for (const { part } of waiting[kind].splice(0, count)) result.push(part);
  };
  const takeAll = (kind: PartKind): void => take(kind, waiting[kind].length);

  if (!kinds.includes('thought')) takeAll('thought');
  for (const [index, kind] of kinds.entries()) {
    if (kind === 'call' && !kinds.includes('content')) takeAll('content');
    const queue: readonly Placed[] = waiting[kind];
    const place = queue.indexOf(originals[index] as Placed);
    if (place >= 0) take(kind, place + 1);
    else if (queue[0] !== undefined && !known.has(queue[0])) take(kind, 1);
    if (kinds.lastIndexOf(kind) === index) takeAll(kind);
  }
  takeAll('content');
  takeAll('call');
  return result;
}
