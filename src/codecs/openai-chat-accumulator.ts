// SPDX-License-Identifier: Apache-2.0
import type { Json, JsonObject } from '../atof/event.ts';
import type { Accumulator } from './annotated.ts';
import { type Choice, choiceAt, printChoice, pushChoice } from './openai-chat-choice.ts';
import { copyOf, defined, isObject, listOf, numberOf } from './read.ts';
import { tolerantAccumulator } from './tolerant-accumulator.ts';

/** Fields of the stream as a whole; the last chunk that has one says it. */
interface Head {
  id: Json | undefined;
  created: Json | undefined;
  model: Json | undefined;
  service_tier: Json | undefined;
  system_fingerprint: Json | undefined;
  moderation: Json | undefined;
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
    moderation: none,
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
    head.moderation = copyOf(chunk['moderation']) ?? head.moderation;
    head.usage = copyOf(chunk['usage']) ?? head.usage;
    for (const part of listOf(chunk['choices'])) {
      if (isObject(part)) pushChoice(choiceAt(choices, numberOf(part['index']) ?? 0), part);
    }
  }

  function response(): JsonObject | undefined {
    if (!understood) return undefined;
    const ordered = choices.toSorted((a, b) => a.index - b.index);
    const known = defined<Partial<Record<keyof Head, Json>>>({ ...head });
    return { object: 'chat.completion', ...known, choices: ordered.map(printChoice) };
  }

  return tolerantAccumulator(push, response);
}
