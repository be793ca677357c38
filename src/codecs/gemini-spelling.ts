// SPDX-License-Identifier: Apache-2.0
import type { Json, JsonObject } from '../atof/event.ts';
import { isObject } from './read.ts';

/** The fields that have two spellings and that we read or write, with those beneath them. What functions get and give is no part of it. */
interface Fields {
  readonly [name: string]: Fields;
}

const NONE: Fields = {};
const SETTINGS: Fields = {
  topP: NONE,
  topK: NONE,
  maxOutputTokens: NONE,
  stopSequences: NONE,
  candidateCount: NONE,
  frequencyPenalty: NONE,
  presencePenalty: NONE,
  thinkingConfig: { thinkingLevel: NONE },
};
const REQUEST: Fields = {
  contents: { parts: { functionCall: NONE, functionResponse: NONE } },
  systemInstruction: NONE,
  generationConfig: SETTINGS,
  safetySettings: NONE,
  cachedContent: NONE,
  tools: { functionDeclarations: { parametersJsonSchema: NONE } },
  toolConfig: { functionCallingConfig: { allowedFunctionNames: NONE } },
};

/** A request in `camelCase`, and the way back of what it is edited to. */
export interface Respelled {
  readonly content: JsonObject;
  restore(edited: JsonObject): JsonObject;
}

/** The REST API takes every field in `camelCase` and in `snake_case`; whoever wrote the request gets the spelling that it had. */
export function respell(content: JsonObject): Respelled {
  const originals = new Map<Json, Json>();
  const kept = new Set<string>();

  function camel(value: Json, fields: Fields): Json {
    return rewrite(value, fields, camel, (object, known) => {
      if (object[known] !== undefined) kept.add(known);
      else if (object[snakeCase(known)] !== undefined) return [snakeCase(known), known];
      return [known, known];
    });
  }

  function snake(value: Json, fields: Fields): Json {
    const original = originals.get(value);
    return original ?? rewrite(value, fields, snake, (_, known) => [known, kept.has(known) ? known : snakeCase(known)]);
  }

  function rewrite(
    value: Json,
    fields: Fields,
    inner: (value: Json, fields: Fields) => Json,
    spell: (object: JsonObject, known: string) => readonly [from: string, to: string],
  ): Json {
    if (fields === NONE) return value;
    if (Array.isArray(value)) {
      const items = (value as readonly Json[]).map((item) => inner(item, fields));
      return remember(
        value,
        items,
        items.some((item, index) => item !== value[index]),
      );
    }
    if (!isObject(value)) return value;
    const written = new Map<string, readonly [string, Json]>();
    for (const known of Object.keys(fields)) {
      const [from, to] = spell(value, known);
      const field = value[from];
      if (field === undefined) continue;
      const rewritten = inner(field, fields[known] as Fields);
      if (from !== to || rewritten !== field) written.set(from, [to, rewritten]);
    }
    if (written.size === 0) return value;
    const entries = Object.entries(value).map((entry) => written.get(entry[0]) ?? entry);
    return remember(value, Object.fromEntries(entries) as JsonObject, true);
  }

  function remember(original: Json, rewritten: Json, changed: boolean): Json {
    if (changed) originals.set(rewritten, original);
    return changed ? rewritten : original;
  }

  const respelled = camel(content, REQUEST) as JsonObject;
  return {
    content: respelled,
    restore: (edited) => (respelled === content ? edited : (snake(edited, REQUEST) as JsonObject)),
  };
}

function snakeCase(name: string): string {
  return name.replaceAll(/[A-Z]/gu, (letter) => `_${letter.toLowerCase()}`);
}
