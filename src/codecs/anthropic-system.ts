// SPDX-License-Identifier: Apache-2.0
import type { Json } from '../atof/event.ts';
import { joinedText, patchJoinedText } from './anthropic-text.ts';
import { isObject, listOf, stringOf } from './read.ts';

/** The system text of a request, whether it is a string or text blocks. */
export function decodeSystem(system: Json | undefined): string | undefined {
  return stringOf(system) ?? joinedText(listOf(system), 'text');
}

/**
 * The `system` field after an edit: its text, and the contents of system messages that were added, behind it. Blocks stay blocks
 * with their own keys; a string stays one unless blocks are added.
 */
export function encodeSystem(
  original: Json | undefined,
  edited: string | undefined,
  added: readonly Json[],
): Json | undefined {
  const system = patchSystem(original, edited);
  if (added.length === 0) return system;
  const contents = [...(system === undefined || system === '' ? [] : [system]), ...added];
  if (contents.every((content) => typeof content === 'string')) return contents.join('\n');
  return contents.flatMap(blocksOf);
}

function patchSystem(original: Json | undefined, edited: string | undefined): Json | undefined {
  if (!Array.isArray(original)) return decodeSystem(original) === edited ? original : edited;
  const blocks = listOf(original);
  const text = decodeSystem(original);
  if (text === edited) return original;
  if (text === undefined) return [...blocks, ...(edited ? blocksOf(edited) : [])];
  const patched = patchJoinedText(blocks, 'text', edited);
  return patched.length === 0 ? undefined : patched;
}

function blocksOf(content: Json): readonly Json[] {
  if (Array.isArray(content)) return listOf(content);
  return [isObject(content) ? content : { type: 'text', text: content }];
}
