// SPDX-License-Identifier: Apache-2.0
import type { Json } from '../atof/event.ts';

/** A call's arguments as the provider sent them: parsed where they are valid JSON text, else as they are. */
export function parseArguments(text: unknown): Json {
  if (typeof text !== 'string') return (text ?? '') as Json;
  try {
    return JSON.parse(text) as Json;
  } catch {
    return text;
  }
}

/** Arguments as the JSON text that OpenAI's APIs want; a string that is not JSON goes back as it came. */
export function printArguments(value: Json): string {
  if (typeof value !== 'string') return JSON.stringify(value);
  return parseArguments(value) === value ? value : JSON.stringify(value);
}
