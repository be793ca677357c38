// SPDX-License-Identifier: Apache-2.0
import type { Json, JsonObject } from '../atof/event.ts';
import type { Accumulator } from './annotated.ts';
import { type Fragment, printCall, pushCall } from './openai-chat-fragment.ts';
import { defined, isObject, listOf, numberOf, stringOf } from './read.ts';

/** Texts of a message that arrive in pieces. */
interface Texts {
  content: string | undefined;
  refusal: string | undefined;
  reasoning_content: string | undefined;
  reasoning: string | undefined;
}

interface Choice {
  readonly index: number;
  readonly texts: Texts;
  readonly calls: Fragment[];
  readonly logprobs: Json[];
  role: string;
  legacy: { name: string; text: string } | undefined;
  audio: { id: Json; data: string; transcript: string } | undefined;
  finish: string | null;
}

/** Fields of the stream as a whole; the last chunk that has one says it. */
interface Head {
  id: Json | undefined;
  created: Json | undefined;
  model: Json | undefined;
  service_tier: Json | undefined;
  system_fingerprint: Json | undefined;
  usage: Json | undefined;
}

/** Joins `chat.completion.chunk` objects into the `chat.completion` that the same call would have returned without streaming. */
export function chatAccumulator(): Accumulator {
  const none = undefined;
  const head: Head = {
    id: none,
    created: none,
    model: none,
    service_tier: none,
    system_fingerprint: none,
    usage: none,
  };
  const choices: Choice[] = [];
  let understood = false;

  // Runs for every chunk of every stream: names are spelled out, because looking them up in a list costs more than all the rest.
  function push(chunk: unknown): void {
    if (!isObject(chunk) || !Array.isArray(chunk['choices'])) return;
    understood = true;
    head.id = chunk['id'] || head.id;
    head.created = chunk['created'] ?? head.created;
    head.model = chunk['model'] || head.model;
    head.service_tier = chunk['service_tier'] ?? head.service_tier;
    head.system_fingerprint = chunk['system_fingerprint'] ?? head.system_fingerprint;
    head.usage = chunk['usage'] ?? head.usage;
    for (const part of listOf(chunk['choices'])) {
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
      const ordered = choices.toSorted((a, b) => a.index - b.index);
      const known = defined<Partial<Record<keyof Head, Json>>>({ ...head });
      return { object: 'chat.completion', ...known, choices: ordered.map(printChoice) };
    },
  };
}

function choiceAt(choices: Choice[], index: number): Choice {
  const last = choices.at(-1);
  const known = last?.index === index ? last : choices.find((choice) => choice.index === index);
  if (known) return known;
  const texts = { content: undefined, refusal: undefined, reasoning_content: undefined, reasoning: undefined };
  const [legacy, audio] = [undefined, undefined];
  const choice: Choice = { index, texts, calls: [], logprobs: [], role: 'assistant', legacy, audio, finish: null };
  choices.push(choice);
  return choice;
}

function pushChoice(choice: Choice, part: JsonObject): void {
  const { delta, finish_reason: finish, logprobs } = part;
  if (typeof finish === 'string') choice.finish = finish;
  if (isObject(logprobs)) for (const token of listOf(logprobs['content'])) choice.logprobs.push(token);
  if (!isObject(delta)) return;
  const { content, role, tool_calls: calls } = delta;
  if (typeof content === 'string') choice.texts.content = (choice.texts.content ?? '') + content;
  if (calls !== undefined) for (const call of listOf(calls)) pushCall(choice.calls, call);
  if (typeof role === 'string' && role !== '') choice.role = role;
  pushRare(choice, delta);
}

function pushRare(choice: Choice, delta: JsonObject): void {
  const { refusal, reasoning_content: thought, reasoning, function_call: legacy, audio } = delta;
  const { texts } = choice;
  if (typeof refusal === 'string') texts.refusal = (texts.refusal ?? '') + refusal;
  if (typeof thought === 'string') texts.reasoning_content = (texts.reasoning_content ?? '') + thought;
  if (typeof reasoning === 'string') texts.reasoning = (texts.reasoning ?? '') + reasoning;
  if (isObject(legacy)) {
    choice.legacy ??= { name: '', text: '' };
    choice.legacy.name = stringOf(legacy['name']) || choice.legacy.name;
    choice.legacy.text += stringOf(legacy['arguments']) ?? '';
  }
  if (isObject(audio)) {
    choice.audio ??= { id: null, data: '', transcript: '' };
    choice.audio.id = audio['id'] ?? choice.audio.id;
    choice.audio.data += stringOf(audio['data']) ?? '';
    choice.audio.transcript += stringOf(audio['transcript']) ?? '';
  }
}

function printChoice(choice: Choice): JsonObject {
  const calls = choice.calls.toSorted((a, b) => a.index - b.index).map(printCall);
  return {
    index: choice.index,
    message: {
      role: choice.role,
      content: null,
      ...defined<Partial<Record<keyof Texts, string>>>({ ...choice.texts }),
      ...(calls.length === 0 ? {} : { tool_calls: calls }),
      ...(choice.legacy ? { function_call: { name: choice.legacy.name, arguments: choice.legacy.text } } : {}),
      ...(choice.audio ? { audio: { ...choice.audio } } : {}),
    },
    logprobs: choice.logprobs.length === 0 ? null : { content: choice.logprobs.slice() },
    finish_reason: choice.finish,
  };
}
