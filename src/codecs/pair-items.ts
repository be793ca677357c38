// SPDX-License-Identifier: Apache-2.0
import { canonicalJson, sameJson } from './canonical-json.ts';

/** How items of a list before and after an edit are known to be one. */
export interface Pairing<Item> {
  /** Changed items with the same key may be one where they stand between the same neighbours. */
  pairKey(item: Item): string;
  /** What only this item is called, wherever it stands. A name that two items have says nothing. */
  names?(item: Item): readonly string[];
  /** Whether the one can have become the other; where absent, any can. */
  agrees?(before: Item, after: Item): boolean;
}

/** The item before the edit, and whether the edit left it as it was. */
export interface Pair {
  readonly index: number;
  readonly same: boolean;
}

/**
 * For each item after an edit the one that it was before. Those that did not change are paired wherever they moved to, then those with a name, then
 * those that took the place of as many others. All else is new, so that no item gets another one's fields.
 */
export function pairItems<Item>(
  before: readonly Item[],
  after: readonly Item[],
  pairing: Pairing<Item>,
): readonly (Pair | undefined)[] {
  const pairs: (Pair | undefined)[] = after.map(() => undefined);
  const free = new Set(before.keys());
  const pair = (place: number, index: number, same: boolean): void => {
    pairs[place] = { index, same };
    free.delete(index);
  };
  let head = 0;
  for (; head < before.length && head < after.length && sameJson(before[head], after[head]); head++) {
    pair(head, head, true);
  }
  const spare = Math.min(before.length, after.length) - head;
  for (let tail = 1; tail <= spare && sameJson(before.at(-tail), after.at(-tail)); tail++) {
    pair(after.length - tail, before.length - tail, true);
  }
  const open = (): readonly number[] => [...after.keys()].filter((place) => pairs[place] === undefined);
  const says = groupBy(free, (index) => [canonicalJson(before[index])]);
  let next = before.length;
  // From the end: where a text was said twice, it is mostly the older one that went.
  for (const place of open().toReversed()) {
    const candidates = says.get(canonicalJson(after[place])) ?? [];
    const inOrder = candidates.findLastIndex((index) => index < next);
    const [index] = candidates.splice(inOrder, 1);
    if (index !== undefined) pair(place, (next = index), true);
  }

  const { names = () => [], agrees = () => true, pairKey } = pairing;
  const called = groupBy(free, (index) => names(before[index] as Item));
  for (const [name, places] of groupBy(open(), (place) => names(after[place] as Item))) {
    const [[index], [place]] = [called.get(name) ?? [], places];
    const clear = called.get(name)?.length === 1 && places.length === 1;
    if (clear && free.has(index as number) && !pairs[place as number]) pair(place as number, index as number, false);
  }

  // An edit stays between the neighbours that it had: what was taken out at one place is not what was added at another.
  let anchor = -1;
  const gapsBefore = before.map((_, index) => (free.has(index) ? anchor : (anchor = index)));
  anchor = -1;
  const gapsAfter = pairs.map((known) => (anchor = known?.index ?? anchor));
  const replaced = groupBy(free, (index) => [`${gapsBefore[index]} ${pairKey(before[index] as Item)}`]);
  for (const [key, places] of groupBy(open(), (place) => [`${gapsAfter[place]} ${pairKey(after[place] as Item)}`])) {
    const candidates = replaced.get(key);
    if (candidates?.length !== places.length) continue;
    for (const [position, place] of places.entries()) {
      const index = candidates[position] as number;
      if (agrees(before[index] as Item, after[place] as Item)) pair(place, index, false);
    }
  }
  return pairs;
}

function groupBy(indexes: Iterable<number>, keys: (index: number) => readonly string[]): Map<string, number[]> {
  const groups = new Map<string, number[]>();
  for (const index of indexes) {
    for (const key of new Set(keys(index))) {
      const group = groups.get(key);
      if (group) group.push(index);
      else groups.set(key, [index]);
    }
  }
  return groups;
}
