// SPDX-License-Identifier: Apache-2.0
import type { Json, JsonObject } from '../atof/event.ts';
import type { Accumulator } from './annotated.ts';
import { copyOf, defined, isObject, listOf, numberOf, stringOf } from './read.ts';
import { tolerantAccumulator } from './tolerant-accumulator.ts';

/** One answer under construction. */
interface Choice {
  readonly index: number;
  text: string;
  /** Lists side by side, an entry for each token; null where none was asked for. */
  logprobs: Map<string, Json> | undefined;
  finish: string | null;
}

/** Joins the chunks of a streamed completion into the `text_completion` that the same call would have returned without streaming. */
export function completionsAccumulator(): Accumulator {
  const head: Record<string, Json | undefined> = {};
  const choices: Choice[] = [];
  let understood = false;

  function push(chunk: unknown): void {
    if (!isObject(chunk) || !Array.isArray(chunk['choices'])) return;
    understood = true;
    for (const name of ['id', 'created', 'model', 'system_fingerprint', 'usage'])
      head[name] = copyOf(chunk[name] ?? undefined) ?? head[name];
    for (const part of listOf(chunk['choices']))
      if (isObject(part)) pushChoice(choiceAt(numberOf(part['index']) ?? 0), part);
  }

  function choiceAt(index: number): Choice {
    let choice = choices.find((each) => each.index === index);
    if (choice === undefined) choices.push((choice = { index, text: '', logprobs: undefined, finish: null }));
    return choice;
  }

  function response(): JsonObject | undefined {
    if (!understood) return undefined;
    const ordered = choices.toSorted((a, b) => a.index - b.index);
    return { object: 'text_completion', ...defined<Record<string, Json>>(head as never), choices: ordered.map(print) };
  }

  return tolerantAccumulator(push, response);
}

function pushChoice(choice: Choice, { text, logprobs, finish_reason: finish }: JsonObject): void {
  choice.text += stringOf(text) ?? '';
  if (typeof finish === 'string') choice.finish = finish;
  if (!isObject(logprobs)) return;
  choice.logprobs ??= new Map();
  for (const [name, entries] of Object.entries(logprobs)) {
    const known = choice.logprobs.get(name);
    if (Array.isArray(known)) for (const entry of listOf(entries)) known.push(copyOf(entry));
    else choice.logprobs.set(name, copyOf(entries));
  }
}

function print({ index, text, logprobs, finish }: Choice): JsonObject {
  const lists = logprobs && Object.fromEntries([...logprobs].map(([name, entries]) => [name, copyOf(entries)]));
  return { index, text, logprobs: lists ?? null, finish_reason: finish };
}
