// SPDX-License-Identifier: Apache-2.0
import type { Json, JsonObject } from '../atof/event.ts';
import { sameJson } from './canonical-json.ts';
import { pairItems, type Pairing } from './pair-items.ts';

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
export interface ListPatch<Item, Wire = Json> extends Pairing<Item> {
  /** The item in the provider's shape; `before` and `original` are there when it replaces one. */
  write(after: Item, before?: Item, original?: Wire): readonly Wire[];
}

/**
 * A provider's list after an edit of its decoded form, `originals[i]` being what `before[i]` was decoded from. Items that did not
 * change keep their original object wherever they moved to; a changed one is written over the one that it replaces, or anew where it is
 * not clear which that is. Without a change it is the original list itself.
 */
export function patchList<Item, Wire = Json>(
  originals: readonly Wire[],
  before: readonly Item[],
  after: readonly Item[],
  patch: ListPatch<Item, Wire>,
): readonly Wire[] {
  const pairs = pairItems(before, after, patch);
  const untouched = pairs.every((pair, place) => pair?.same && pair.index === place);
  if (untouched && before.length === after.length) return originals;
  return after.flatMap((item, place) => {
    const pair = pairs[place];
    if (!pair) return patch.write(item);
    const original = originals[pair.index] as Wire;
    return pair.same ? [original] : patch.write(item, before[pair.index], original);
  });
}
