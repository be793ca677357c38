// SPDX-License-Identifier: Apache-2.0
import type { Json, JsonObject } from '../atof/event.ts';
import { field, numberOf, stringOf } from './read.ts';

/** A tool call that arrives in pieces. */
export interface Fragment {
  index: number;
  id: string | undefined;
  type: string;
  name: string;
  text: string;
}

/** Adds one piece to the call that it belongs to. */
export function pushCall(calls: Fragment[], call: Json): void {
  const id = stringOf(field(call, 'id')) || undefined;
  const index = numberOf(field(call, 'index')) ?? indexWithout(calls, id);
  let fragment = calls.at(-1)?.index === index ? calls.at(-1) : calls.find((known) => known.index === index);
  if (!fragment) {
    fragment = { index, id: undefined, type: 'function', name: '', text: '' };
    calls.push(fragment);
  }
  const custom = field(call, 'custom');
  const called = custom ?? field(call, 'function');
  if (custom !== undefined) fragment.type = 'custom';
  fragment.id ??= id;
  // Set, not appended: names come whole, and some services repeat them in every fragment.
  fragment.name = stringOf(field(called, 'name')) || fragment.name;
  fragment.text += stringOf(field(called, custom === undefined ? 'arguments' : 'input')) ?? '';
}

/** Some services leave the index out: a new id then begins a new call. */
function indexWithout(calls: readonly Fragment[], id: string | undefined): number {
  const last = calls.at(-1);
  if (!last) return 0;
  return id === undefined || id === last.id ? last.index : last.index + 1;
}

/** The call as far as it came. */
export function printCall({ id, type, name, text }: Fragment): JsonObject {
  const called: JsonObject = type === 'custom' ? { name, input: text } : { name, arguments: text };
  return { id: id ?? '', type, [type]: called };
}
