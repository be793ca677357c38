// SPDX-License-Identifier: Apache-2.0
import type { Json, JsonObject } from '../atof/event.ts';
import type { Accumulator } from './annotated.ts';
import { field, isObject, listOf, numberOf, stringOf } from './read.ts';

/** Texts that arrive in pieces. Other fields of a delta are kept as they came last. */
const GROWING = ['content', 'refusal', 'reasoning_content', 'reasoning'] as const;
const KEPT = ['id', 'created', 'model', 'service_tier', 'system_fingerprint', 'usage'] as const;

interface Fragment {
  index: number;
  id: string | undefined;
  type: string;
  name: string;
  text: string;
}

interface Choice {
  readonly texts: { [name: string]: string };
  readonly calls: Fragment[];
  readonly logprobs: Json[];
  role: string;
  legacy: { name: string; text: string } | undefined;
  audio: { id: Json; data: string; transcript: string } | undefined;
  finish: string | null;
}

/** Joins `chat.completion.chunk` objects into the `chat.completion` that the same call would have returned without streaming. */
export function chatAccumulator(): Accumulator {
  const head: { [name: string]: Json } = {};
  const choices = new Map<number, Choice>();
  let understood = false;

  function push(chunk: unknown): void {
    const parts = field(chunk, 'choices');
    if (!isObject(chunk) || !Array.isArray(parts)) return;
    understood = true;
    for (const name of KEPT) {
      const value = chunk[name];
      if (value != null && value !== '') head[name] = value;
    }
    for (const part of listOf(parts)) {
      if (isObject(part)) pushChoice(choiceAt(choices, numberOf(part['index']) ?? 0), part);
    }
  }

  return {
    push(chunk) {
      try {
        push(chunk);
      } catch {
        // A chunk that cannot be read is one that we do not know.
      }
    },
    response() {
      if (!understood) return undefined;
      const ordered = [...choices].toSorted(([a], [b]) => a - b);
      return {
        object: 'chat.completion',
        ...head,
        choices: ordered.map(([index, choice]) => printChoice(index, choice)),
      };
    },
  };
}

function choiceAt(choices: Map<number, Choice>, index: number): Choice {
  let choice = choices.get(index);
  if (!choice) {
    choice = {
      texts: {},
      calls: [],
      logprobs: [],
      role: 'assistant',
      legacy: undefined,
      audio: undefined,
      finish: null,
    };
    choices.set(index, choice);
  }
  return choice;
}

function pushChoice(choice: Choice, part: JsonObject): void {
  const finish = part['finish_reason'];
  if (typeof finish === 'string') choice.finish = finish;
  for (const token of listOf(field(part['logprobs'], 'content'))) choice.logprobs.push(token);
  const delta = part['delta'];
  if (!isObject(delta)) return;
  for (const name of GROWING) {
    const text = delta[name];
    if (typeof text === 'string') choice.texts[name] = (choice.texts[name] ?? '') + text;
  }
  if (typeof delta['role'] === 'string' && delta['role'] !== '') choice.role = delta['role'];
  for (const call of listOf(delta['tool_calls'])) pushCall(choice.calls, call);
  if (isObject(delta['function_call'])) {
    choice.legacy ??= { name: '', text: '' };
    choice.legacy.name = stringOf(delta['function_call']['name']) || choice.legacy.name;
    choice.legacy.text += stringOf(delta['function_call']['arguments']) ?? '';
  }
  if (isObject(delta['audio'])) {
    choice.audio ??= { id: null, data: '', transcript: '' };
    choice.audio.id = delta['audio']['id'] ?? choice.audio.id;
    choice.audio.data += stringOf(delta['audio']['data']) ?? '';
    choice.audio.transcript += stringOf(delta['audio']['transcript']) ?? '';
  }
}

function pushCall(calls: Fragment[], call: Json): void {
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

function printChoice(index: number, choice: Choice): JsonObject {
  const calls = choice.calls.toSorted((a, b) => a.index - b.index).map(printCall);
  return {
    index,
    message: {
      role: choice.role,
      content: null,
      ...choice.texts,
      ...(calls.length === 0 ? {} : { tool_calls: calls }),
      ...(choice.legacy ? { function_call: { name: choice.legacy.name, arguments: choice.legacy.text } } : {}),
      ...(choice.audio ? { audio: { ...choice.audio } } : {}),
    },
    logprobs: choice.logprobs.length === 0 ? null : { content: choice.logprobs.slice() },
    finish_reason: choice.finish,
  };
}

function printCall({ id, type, name, text }: Fragment): JsonObject {
  const called: JsonObject = type === 'custom' ? { name, input: text } : { name, arguments: text };
  return { id: id ?? '', type, [type]: called };
}
