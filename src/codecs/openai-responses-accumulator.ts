// SPDX-License-Identifier: Apache-2.0
import type { Json, JsonObject } from '../atof/event.ts';
import type { Accumulator } from './annotated.ts';
import { field, isObject, listOf, numberOf, stringOf } from './read.ts';

/** Which delta grows which text of an item, and what part of the item that text is. */
const DELTAS: ReadonlyMap<
  string,
  { readonly list?: 'content' | 'summary'; readonly type?: string; readonly key: string }
> = new Map([
  ['response.output_text.delta', { list: 'content', type: 'output_text', key: 'text' }],
  ['response.refusal.delta', { list: 'content', type: 'refusal', key: 'refusal' }],
  ['response.reasoning_text.delta', { list: 'content', type: 'reasoning_text', key: 'text' }],
  ['response.reasoning_summary_text.delta', { list: 'summary', type: 'summary_text', key: 'text' }],
  ['response.function_call_arguments.delta', { key: 'arguments' }],
  ['response.custom_tool_call_input.delta', { key: 'input' }],
]);

const LAST = new Set(['response.completed', 'response.incomplete', 'response.failed']);

/** One text of an item that grows: `index` within `list`, or a field of the item itself. */
interface Growing {
  readonly list: 'content' | 'summary' | undefined;
  readonly index: number;
  readonly type: string;
  readonly key: string;
  text: string;
}

interface Item {
  /** As it was announced, then as it was finished. */
  shape: JsonObject;
  done: boolean;
  readonly texts: Growing[];
}

/**
 * Gives the `response` of the stream's last event; of a stream that was cut off, the response as announced with what its events
 * gave so far.
 */
export function responsesAccumulator(): Accumulator {
  const items = new Map<number, Item>();
  let announced: JsonObject | undefined;
  let last: JsonObject | undefined;
  let error: Json | undefined;

  function push(event: unknown): void {
    const type = field(event, 'type');
    if (!isObject(event) || typeof type !== 'string') return;
    const delta = DELTAS.get(type);
    if (delta) return grow(itemAt(items, event), event, delta);
    const { response, item } = event;
    if (LAST.has(type) && isObject(response)) last = response;
    else if (type.startsWith('response.') && isObject(response)) announced = response;
    else if (type === 'response.output_item.added' && isObject(item)) itemAt(items, event).shape = item;
    else if (type === 'response.output_item.done' && isObject(item)) {
      Object.assign(itemAt(items, event), { shape: item, done: true });
    } else if (type === 'error') error = { code: event['code'] ?? null, message: event['message'] ?? '' };
  }

  return {
    push(event) {
      try {
        push(event);
      } catch {
        // An event that cannot be read is one that we do not know.
      }
    },
    response() {
      if (!last && !announced && items.size === 0 && error === undefined) return undefined;
      const output = [...items].toSorted(([a], [b]) => a - b).map(([, item]) => printItem(item));
      // Some services leave the output out of the last event because the items came before it.
      if (last && (listOf(last['output']).length > 0 || output.length === 0)) return last;
      const failed = error === undefined ? {} : { status: 'failed', error };
      return { object: 'response', ...announced, ...last, ...failed, output };
    },
  };
}

function itemAt(items: Map<number, Item>, event: JsonObject): Item {
  const index = numberOf(event['output_index']) ?? 0;
  let item = items.get(index);
  if (!item) {
    item = { shape: {}, done: false, texts: [] };
    items.set(index, item);
  }
  return item;
}

function grow(
  item: Item,
  event: JsonObject,
  { list, type = '', key }: { list?: Growing['list']; type?: string; key: string },
): void {
  const index = numberOf(event[list === 'summary' ? 'summary_index' : 'content_index']) ?? 0;
  const last = item.texts.at(-1);
  const same = (text: Growing): boolean => text.index === index && text.list === list && text.key === key;
  let text = last && same(last) ? last : item.texts.find(same);
  if (!text) {
    text = { list, index, type, key, text: '' };
    item.texts.push(text);
  }
  text.text += stringOf(event['delta']) ?? '';
}

function printItem({ shape, done, texts }: Item): JsonObject {
  if (done) return shape;
  const printed: { [name: string]: Json } = { ...guessShape(texts[0]), ...shape };
  for (const { list, type, key, text } of texts.toSorted((a, b) => a.index - b.index)) {
    if (list === undefined) printed[key] = text;
    else printed[list] = [...listOf(printed[list]), { type, [key]: text }];
  }
  return printed;
}

/** The announcement of an item may be missing; its deltas say what it is. */
function guessShape(text: Growing | undefined): JsonObject {
  if (text?.list === undefined) {
    return { type: text?.key === 'input' ? 'custom_tool_call' : 'function_call', call_id: '', name: '' };
  }
  const reasoning = text.list === 'summary' || text.type === 'reasoning_text';
  return reasoning ? { type: 'reasoning', summary: [] } : { type: 'message', role: 'assistant', content: [] };
}
