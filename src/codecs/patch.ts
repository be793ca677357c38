// SPDX-License-Identifier: Apache-2.0
import type { Json, JsonObject } from '../atof/event.ts';
import { canonicalJson, sameJson } from './canonical-json.ts';

/** Named fields as a provider writes them; undefined means that the field is not there. */
export type WireFields = { readonly [name: string]: Json | undefined };

/** The original object with these fields written, those that are undefined deleted. The original itself where there are none. */
export function setFields(original: JsonObject, fields: WireFields): JsonObject {
  if (Object.keys(fields).length === 0) return original;
  const result = new Map<string, Json>(Object.entries(original));
  for (const [name, value] of Object.entries(fields)) {
    if (value === undefined) result.delete(name);
    else result.set(name, value);
  }
  // Not by assignment: a field may be called `__proto__`.
  return Object.fromEntries(result);
}

/**
 * The original object with those fields changed in which `after` differs from `before`: written, or deleted where `after` has
 * none. Fields that neither names survive. Without a difference it is the original itself.
 */
export function patchFields(original: JsonObject, before: WireFields, after: WireFields): JsonObject {
  const names = new Set([...Object.keys(before), ...Object.keys(after)]);
  const changed = [...names].filter((name) => !sameJson(before[name], after[name]));
  return setFields(original, Object.fromEntries(changed.map((name) => [name, after[name]])));
}

/** How the items of one list are paired and written. */
export interface ListPatch<Item> {
  /** Items with the same key may be one item before and after an edit. */
  pairKey(item: Item): string;
  /** The item in the provider's shape; `before` and `original` are there when it replaces one. */
  write(after: Item, before?: Item, original?: Json): readonly Json[];
}

/**
 * A provider's list after an edit of its decoded form, `originals[i]` being what `before[i]` was decoded from. Items that did not
 * change keep their original object wherever they moved to; a changed one is written over the one that it replaces. Where it is
 * not clear which that is (their numbers differ), changed items are written anew, so that no item gets another one's fields.
 */
export function patchList<Item>(
  originals: readonly Json[],
  before: readonly Item[],
  after: readonly Item[],
  { pairKey, write }: ListPatch<Item>,
): readonly Json[] {
  let head = 0;
  while (head < before.length && head < after.length && sameJson(before[head], after[head])) head++;
  if (head === before.length && head === after.length) return originals;
  let tail = 0;
  const spare = Math.min(before.length, after.length) - head;
  while (tail < spare && sameJson(before.at(-1 - tail), after.at(-1 - tail))) tail++;

  const free = new Set(before.slice(head, before.length - tail).map((_, index) => head + index));
  const same = groupBy(free, (index) => canonicalJson(before[index]));
  const middle = after.slice(head, after.length - tail);
  const kept = middle.map((item) => same.get(canonicalJson(item))?.shift());
  for (const index of kept) if (index !== undefined) free.delete(index);

  const replaced = groupBy(free, (index) => pairKey(before[index] as Item));
  const replacing = groupBy(
    middle.keys().filter((index) => kept[index] === undefined),
    (index) => pairKey(middle[index] as Item),
  );
  const target = new Map<number, number>();
  for (const [key, edits] of replacing) {
    const candidates = replaced.get(key);
    if (candidates?.length !== edits.length) continue;
    for (const [position, index] of edits.entries()) target.set(index, candidates[position] as number);
  }
  const written = middle.map((item, index): readonly Json[] => {
    const unchanged = kept[index];
    if (unchanged !== undefined) return [originals[unchanged] as Json];
    const over = target.get(index);
    return over === undefined ? write(item) : write(item, before[over], originals[over]);
  });
  return [...originals.slice(0, head), ...written.flat(), ...originals.slice(originals.length - tail)];
}

function groupBy(indexes: Iterable<number>, key: (index: number) => string): Map<string, number[]> {
  const groups = new Map<string, number[]>();
  for (const index of indexes) {
    const name = key(index);
    const group = groups.get(name);
    if (group) group.push(index);
    else groups.set(name, [index]);
  }
  return groups;
}
