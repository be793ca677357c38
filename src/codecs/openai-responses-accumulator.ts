// SPDX-License-Identifier: Apache-2.0
import type { Json, JsonObject } from '../atof/event.ts';
import type { Accumulator } from './annotated.ts';
import { changeText, type Draft, indexOf, newDraft, partAt, printDraft, putPart } from './openai-responses-draft.ts';
import type { TextChange } from './openai-responses-draft.ts';
import { copyOf, field, isObject, listOf, stringOf } from './read.ts';
import { tolerantAccumulator } from './tolerant-accumulator.ts';

const TEXT = { list: 'content', at: 'content_index', type: 'output_text' } as const;
const REFUSAL = { list: 'content', at: 'content_index', type: 'refusal' } as const;
const THOUGHT = { list: 'content', at: 'content_index', type: 'reasoning_text' } as const;
const SUMMARY = { list: 'summary', at: 'summary_index', type: 'summary_text' } as const;
const COMMAND = { list: 'commands', at: 'command_index' } as const;

/** Texts that stream: the event's name without `.delta` or `.done`, the item and the part they belong to, their name there and in `.done`. */
const TEXTS: readonly (readonly [string, string, TextChange['part'], string, string?])[] = [
  ['response.output_text', 'message', TEXT, 'text'],
  ['response.refusal', 'message', REFUSAL, 'refusal'],
  ['response.reasoning_text', 'reasoning', THOUGHT, 'text'],
  ['response.reasoning_summary_text', 'reasoning', SUMMARY, 'text'],
  ['response.function_call_arguments', 'function_call', undefined, 'arguments'],
  ['response.mcp_call_arguments', 'mcp_call', undefined, 'arguments'],
  ['response.custom_tool_call_input', 'custom_tool_call', undefined, 'input'],
  ['response.code_interpreter_call_code', 'code_interpreter_call', undefined, 'code'],
  ['response.shell_call_command', 'shell_call', COMMAND, 'text', 'command'],
];

const CHANGES: ReadonlyMap<string, TextChange> = new Map(
  TEXTS.flatMap(([name, item, part, key, from = key]): readonly (readonly [string, TextChange])[] => {
    const place = part === undefined ? { item, key } : { item, part, key };
    return [
      [`${name}.delta`, { ...place, from: 'delta', whole: false }],
      [`${name}.done`, { ...place, from, whole: true }],
      [`${name}.added`, { ...place, from, whole: true }],
    ];
  }),
);

const LAST = new Set(['response.completed', 'response.incomplete', 'response.failed']);

/** Last words of `response.<kind of item>.<status>`. */
const STATUS = new Set(['in_progress', 'searching', 'interpreting', 'generating', 'completed', 'failed']);

/**
 * Gives the `response` of the stream's last event; of a stream that was cut off, the response as announced with what its events
 * gave so far.
 */
export function responsesAccumulator(): Accumulator {
  const items = new Map<number, Draft>();
  let announced: JsonObject | undefined;
  let last: JsonObject | undefined;
  let error: Json | undefined;

  function push(event: unknown): void {
    const type = field(event, 'type');
    if (!isObject(event) || typeof type !== 'string') return;
    const change = CHANGES.get(type);
    if (change) return changeText(itemAt(items, event), event, change);
    const { response } = event;
    if (isObject(response) && LAST.has(type)) last = copyOf(response);
    else if (isObject(response) && type.startsWith('response.')) announced = copyOf(response);
    else if (type === 'error') error = { code: event['code'] ?? null, message: event['message'] ?? '' };
    else pushRare(items, type, copyOf(event));
  }

  function response(): JsonObject | undefined {
    if (!last && !announced && items.size === 0 && error === undefined) return undefined;
    const output = [...items].toSorted(([a], [b]) => a - b).map(([, item]) => printDraft(item));
    // Some services leave the output out of the last event because the items came before it.
    if (last && (listOf(last['output']).length > 0 || output.length === 0)) return last;
    const failed = error === undefined ? {} : { status: 'failed', error };
    return { object: 'response', ...announced, ...last, ...failed, output };
  }

  return tolerantAccumulator(push, response);
}

function itemAt(items: Map<number, Draft>, event: JsonObject): Draft {
  const index = indexOf(event, 'output_index');
  let item = items.get(index);
  if (!item) {
    item = newDraft();
    items.set(index, item);
  }
  return item;
}

function pushRare(items: Map<number, Draft>, type: string, event: JsonObject): void {
  const { item, part, annotation, delta, output } = event;
  if (type === 'response.output_item.added' && isObject(item)) itemAt(items, event).shape = item;
  else if (type === 'response.output_item.done' && isObject(item)) {
    Object.assign(itemAt(items, event), { shape: item, done: true });
  } else if (type.startsWith('response.content_part.') && isObject(part)) {
    const draft = itemAt(items, event);
    draft.kind ??= part['type'] === 'reasoning_text' ? 'reasoning' : 'message';
    putPart(draft, 'content', indexOf(event, 'content_index'), part, type.endsWith('.done'));
  } else if (type.startsWith('response.reasoning_summary_part.') && isObject(part)) {
    const draft = itemAt(items, event);
    draft.kind ??= 'reasoning';
    putPart(draft, 'summary', indexOf(event, 'summary_index'), part, type.endsWith('.done'));
  } else if (type === 'response.output_text.annotation.added' && annotation !== undefined) {
    const draft = itemAt(items, event);
    draft.kind ??= 'message';
    const text = partAt(draft, 'content', indexOf(event, TEXT.at), TEXT.type);
    text['annotations'] = [...listOf(text['annotations']), annotation];
  } else if (type === 'response.shell_call_output_content.delta' && isObject(delta)) {
    const draft = itemAt(items, event);
    draft.kind ??= 'shell_call_output';
    const printed = partAt(draft, 'output', indexOf(event, COMMAND.at), undefined);
    for (const key of ['stdout', 'stderr']) {
      const text = stringOf(delta[key]);
      if (text !== undefined) printed[key] = (stringOf(printed[key]) ?? '') + text;
    }
  } else if (type === 'response.shell_call_output_content.done' && Array.isArray(output)) {
    const draft = itemAt(items, event);
    draft.kind ??= 'shell_call_output';
    (draft.lists.output ??= new Map()).set(indexOf(event, COMMAND.at), output);
  } else pushStatus(items, type, event);
}

/** Kinds of items that have no status, such as a list of tools, have their events nevertheless. */
function pushStatus(items: ReadonlyMap<number, Draft>, type: string, event: JsonObject): void {
  const status = type.slice(type.lastIndexOf('.') + 1);
  if (!STATUS.has(status)) return;
  const item = items.get(indexOf(event, 'output_index'));
  if (item && !item.done && stringOf(item.shape['status']) !== undefined) item.shape = { ...item.shape, status };
}
