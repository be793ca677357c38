// SPDX-License-Identifier: Apache-2.0

import { asList, asObject } from './json.ts';
import type { JsonObject } from './json.ts';

/**
 * A value that fits a JSON Schema, always the same for the same question. A string is the last capitalised word of the
 * question, so that "What is the weather in Paris?" asks for Paris; else it is the name of its property.
 */
export function exampleOf(schema: JsonObject, question: string, name = 'value'): unknown {
  if (schema.const !== undefined) return schema.const;
  if (Array.isArray(schema.enum)) return schema.enum[0];
  if (schema.default !== undefined) return schema.default;
  const variants = asList(schema.anyOf ?? schema.oneOf);
  if (variants.length > 0) return exampleOf(asObject(variants[0]), question, name);

  // Gemini writes the names of types in capitals.
  const type = String(Array.isArray(schema.type) ? schema.type[0] : schema.type).toLowerCase();
  if (type === 'object' || schema.properties) {
    const required = Array.isArray(schema.required) ? new Set(schema.required) : undefined;
    const entries = Object.entries(asObject(schema.properties)).filter(([key]) => !required || required.has(key));
    return Object.fromEntries(entries.map(([key, value]) => [key, exampleOf(asObject(value), question, key)]));
  }
  if (type === 'array') return schema.items ? [exampleOf(asObject(schema.items), question, name)] : [];
  if (type === 'number' || type === 'integer') return typeof schema.minimum === 'number' ? schema.minimum : 1;
  if (type === 'boolean') return true;
  if (type === 'null') return null;
  return capitalisedWord(question) ?? name;
}

/** The first word of a sentence is capitalised whatever it is, so it does not count. */
function capitalisedWord(question: string): string | undefined {
  return question.match(/(?<=[^.?!\s]\s)\p{Lu}[\p{L}\d-]+/gu)?.at(-1);
}
