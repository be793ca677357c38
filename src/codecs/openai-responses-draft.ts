// SPDX-License-Identifier: Apache-2.0
import type { Json, JsonObject } from '../atof/event.ts';
import { isObject, listOf, numberOf, stringOf } from './read.ts';

/** Lists of an item whose entries arrive one by one; `commands` are those of a shell call's action. */
type ListName = 'content' | 'summary' | 'output' | 'commands';

/** What an event gives to one text: the kind of item it belongs to, where in the item, and where in the event. */
export interface TextChange {
  readonly item: string;
  /** The list that holds the part with the text, the event's field with its index, and the part's type; absent for a text of the item itself. */
  readonly part?: { readonly list: ListName; readonly at: string; readonly type?: string };
  /** The name of the text. */
  readonly key: string;
  /** The field of the event; `whole` where it has all the text, else the text grows by it. */
  readonly from: string;
  readonly whole: boolean;
}

type Fields = { [name: string]: Json };

/** An item of the output under construction. */
export interface Draft {
  /** As it was announced, then as it was finished. */
  shape: JsonObject;
  done: boolean;
  /** The kind that its changes suggest, for an item that was never announced. */
  kind: string | undefined;
  readonly own: Fields;
  readonly lists: { [Name in ListName]?: Map<number, Json> };
}

/** An item of which nothing has come yet. */
export function newDraft(): Draft {
  return { shape: {}, done: false, kind: undefined, own: {}, lists: {} };
}

/** Lets a text grow, or sets it. */
export function changeText(draft: Draft, event: JsonObject, { item, part, key, from, whole }: TextChange): void {
  const value = stringOf(event[from]);
  if (value === undefined) return;
  draft.kind ??= item;
  const fields = part ? partAt(draft, part.list, indexOf(event, part.at), part.type) : draft.own;
  fields[key] = whole ? value : (stringOf(fields[key]) ?? '') + value;
}

/** The part at an index, for reading and writing; begun where there is none. */
export function partAt(draft: Draft, list: ListName, index: number, type: string | undefined): Fields {
  const parts = (draft.lists[list] ??= new Map());
  const known = parts.get(index);
  // Only we put objects into the map, always fresh ones.
  if (isObject(known)) return known as Fields;
  const part: Fields = type === undefined ? {} : { type };
  parts.set(index, part);
  return part;
}

/** Puts a part there as the event has it: beneath what came already when it is announced, over it when it is finished. */
export function putPart(draft: Draft, list: ListName, index: number, part: JsonObject, finished: boolean): void {
  const known = partAt(draft, list, index, undefined);
  draft.lists[list]?.set(index, finished ? { ...known, ...part } : { ...part, ...known });
}

/** The index that an event names; zero where it names none. */
export function indexOf(event: JsonObject, name: string): number {
  return numberOf(event[name]) ?? 0;
}

/** The item as far as it came; later changes do not reach into what was given out. */
export function printDraft({ shape, done, kind, own, lists }: Draft): JsonObject {
  if (done) return shape;
  const printed: Fields = { ...guessShape(kind), ...shape, ...own };
  for (const name of ['content', 'summary', 'output'] as const) {
    const parts = lists[name];
    if (parts) printed[name] = printList(printed[name], parts);
  }
  if (lists.commands) {
    const action = isObject(printed['action']) ? printed['action'] : {};
    const commands = printList(undefined, lists.commands).map((command) => (isObject(command) ? command['text'] : ''));
    printed['action'] = { ...action, commands: commands.map((text) => text ?? '') };
  }
  return printed;
}

function printList(announced: Json | undefined, parts: ReadonlyMap<number, Json>): readonly Json[] {
  const printed = new Map<number, Json>(listOf(announced).entries());
  for (const [index, part] of parts) {
    const known = printed.get(index);
    printed.set(index, isObject(part) ? { ...(isObject(known) ? known : {}), ...part } : part);
  }
  // By number, not as an array's places: an index may be any number. An entry that is a list stands for several.
  return [...printed].toSorted(([a], [b]) => a - b).flatMap(([, part]) => part);
}

/** The announcement of an item may be missing; its changes say what it is. */
function guessShape(kind: string | undefined): JsonObject {
  if (kind === undefined) return {};
  if (kind === 'message') return { type: kind, role: 'assistant', content: [] };
  if (kind === 'reasoning') return { type: kind, summary: [] };
  return kind === 'function_call' || kind === 'custom_tool_call'
    ? { type: kind, call_id: '', name: '' }
    : { type: kind };
}
