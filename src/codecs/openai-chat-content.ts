// SPDX-License-Identifier: Apache-2.0
import type { Json } from '../atof/event.ts';
import { isObject, listOf } from './read.ts';

/**
 * The parts of a message with more of them behind: some services (Mistral) stream lists of parts where others stream texts. What continues
 * the last part joins it, as in a response that is not streamed. Lists that were given out stay as they were.
 */
export function joinContent(parts: readonly Json[], more: readonly Json[]): readonly Json[] {
  const joined = [...parts];
  for (const part of more) {
    const last = joined.at(-1);
    const both = last === undefined ? undefined : joinParts(last, part);
    if (both === undefined) joined.push(part);
    else joined[joined.length - 1] = both;
  }
  return joined;
}

/** Content so far as a list of parts. */
export function partsOfText(text: string | undefined): readonly Json[] {
  return text ? [{ type: 'text', text }] : [];
}

/** Two parts as one, where both are text, or thoughts that consist of texts. */
function joinParts(a: Json, b: Json): Json | undefined {
  if (!isObject(a) || !isObject(b) || a['type'] !== b['type']) return undefined;
  if (a['type'] === 'text' && typeof a['text'] === 'string' && typeof b['text'] === 'string') {
    return { ...a, ...b, text: a['text'] + b['text'] };
  }
  if (a['type'] !== 'thinking' || !Array.isArray(a['thinking']) || !Array.isArray(b['thinking'])) return undefined;
  return { ...a, ...b, thinking: joinContent(listOf(a['thinking']), listOf(b['thinking'])) };
}
