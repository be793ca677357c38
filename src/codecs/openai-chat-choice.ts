// SPDX-License-Identifier: Apache-2.0
import type { Json, JsonObject } from '../atof/event.ts';
import { joinContent, partsOfText } from './openai-chat-content.ts';
import { type Fragment, printCall, pushCall } from './openai-chat-fragment.ts';
import { copyOf, defined, isObject, listOf, stringOf } from './read.ts';

/** Texts of a message that arrive in pieces. */
interface Texts {
  content: string | undefined;
  refusal: string | undefined;
  reasoning_content: string | undefined;
  reasoning: string | undefined;
}

/** One choice of a response under construction. */
export interface Choice {
  readonly index: number;
  readonly texts: Texts;
  readonly calls: Fragment[];
  readonly logprobs: { content: Json[] | undefined; refusal: Json[] | undefined };
  readonly annotations: Json[];
  /** The content, where a chunk had a list of parts; the text of before is then in it. */
  parts: readonly Json[] | undefined;
  role: string;
  legacy: { name: string; text: string } | undefined;
  audio: { id: Json; data: string; transcript: string; expires_at?: Json } | undefined;
  finish: string | null;
}

/** The choice with this index; begun where there is none. */
export function choiceAt(choices: Choice[], index: number): Choice {
  const last = choices.at(-1);
  const known = last?.index === index ? last : choices.find((choice) => choice.index === index);
  if (known) return known;
  const texts = { content: undefined, refusal: undefined, reasoning_content: undefined, reasoning: undefined };
  const choice: Choice = {
    index,
    texts,
    calls: [],
    logprobs: { content: undefined, refusal: undefined },
    annotations: [],
    parts: undefined,
    role: 'assistant',
    legacy: undefined,
    audio: undefined,
    finish: null,
  };
  choices.push(choice);
  return choice;
}

/** Adds what a chunk says about the choice. */
export function pushChoice(choice: Choice, part: JsonObject): void {
  const { delta, finish_reason: finish, logprobs } = part;
  if (typeof finish === 'string') choice.finish = finish;
  if (isObject(logprobs)) pushLogprobs(choice, logprobs);
  if (!isObject(delta)) return;
  const { content, role, tool_calls: calls } = delta;
  if (choice.parts === undefined && typeof content === 'string') {
    choice.texts.content = (choice.texts.content ?? '') + content;
  } else if (typeof content === 'string' || Array.isArray(content)) {
    const more = typeof content === 'string' ? partsOfText(content) : listOf(content).map(copyOf);
    choice.parts = joinContent(choice.parts ?? partsOfText(choice.texts.content), more);
  }
  if (calls !== undefined) for (const call of listOf(calls)) pushCall(choice.calls, call);
  if (typeof role === 'string' && role !== '') choice.role = role;
  pushRare(choice, delta);
}

function pushLogprobs({ logprobs }: Choice, { content, refusal }: JsonObject): void {
  if (Array.isArray(content)) for (const token of listOf(content)) (logprobs.content ??= []).push(copyOf(token));
  if (Array.isArray(refusal)) for (const token of listOf(refusal)) (logprobs.refusal ??= []).push(copyOf(token));
}

function pushRare(choice: Choice, delta: JsonObject): void {
  const { refusal, reasoning_content: thought, reasoning, function_call: legacy, audio, annotations } = delta;
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
    if (audio['expires_at'] !== undefined) choice.audio.expires_at = audio['expires_at'];
  }
  if (annotations !== undefined)
    for (const annotation of listOf(annotations)) choice.annotations.push(copyOf(annotation));
}

/** The choice as far as it came. */
export function printChoice(choice: Choice): JsonObject {
  const calls = choice.calls.toSorted((a, b) => a.index - b.index).map(printCall);
  return {
    index: choice.index,
    message: {
      role: choice.role,
      content: null,
      ...defined<Partial<Record<keyof Texts, string>>>({ ...choice.texts }),
      ...(choice.parts ? { content: choice.parts } : {}),
      ...(calls.length === 0 ? {} : { tool_calls: calls }),
      ...(choice.legacy ? { function_call: { name: choice.legacy.name, arguments: choice.legacy.text } } : {}),
      ...(choice.annotations.length === 0 ? {} : { annotations: choice.annotations.slice() }),
      ...(choice.audio ? { audio: { ...choice.audio } } : {}),
    },
    logprobs: printLogprobs(choice.logprobs),
    finish_reason: choice.finish,
  };
}

function printLogprobs({ content, refusal }: Choice['logprobs']): Json {
  if (content === undefined && refusal === undefined) return null;
  return { content: content?.slice() ?? null, refusal: refusal?.slice() ?? null };
}
