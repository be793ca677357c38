// SPDX-License-Identifier: Apache-2.0
import type { Json, JsonObject } from '../atof/event.ts';
import { joinTexts, writeTexts } from './turn-text.ts';
import { setFields } from './patch.ts';
import { isObject, listOf } from './read.ts';

/** What `contents` holds, as turns with a role and parts; and how turns are written in the form that it had. */
export interface GeminiContents {
  readonly turns: readonly Json[];
  write(turns: readonly Json[]): Json;
}

/** `contents` of a request. On the wire it is a list of turns; the SDK takes a text, a part, a turn, and lists of those as well. */
export function geminiContents(contents: Json): GeminiContents {
  if (Array.isArray(contents)) {
    const items = listOf(contents);
    if (items.length === 0 || items.some(isTurn)) return { turns: items, write: (turns) => turns.map(withPartObjects) };
    return oneTurn({ role: 'user', parts: items }, usersParts);
  }
  if (isTurn(contents)) return oneTurn(contents, (turn) => turn);
  return oneTurn({ role: 'user', parts: [contents] }, (turn) => {
    const parts = usersParts(turn);
    return parts?.length === 1 ? parts[0] : undefined;
  });
}

/** The text of a system instruction, which is a text, a part, a turn or a list of parts. */
export function instructionText(instruction: Json | undefined): string | undefined {
  return joinTexts(partsOf(instruction));
}

/** The system instruction with another text, in the form that it had; parts that are no text stay. */
export function writeInstruction(original: Json | undefined, text: string, plain: boolean): Json {
  if (original === undefined) return plain ? text : { parts: [{ text }] };
  if (typeof original === 'string') return text;
  const parts = writeTexts(partsOf(original), text);
  if (isTurn(original)) return setFields(original, { parts });
  return !Array.isArray(original) && parts.length === 1 ? (parts[0] as Json) : parts;
}

function partsOf(instruction: Json | undefined): readonly Json[] {
  if (instruction === undefined || instruction === null) return [];
  if (Array.isArray(instruction)) return listOf(instruction);
  return isTurn(instruction) ? listOf(instruction['parts']) : [instruction];
}

function isTurn(value: Json | undefined): value is JsonObject {
  return isObject(value) && (Array.isArray(value['parts']) || value['role'] !== undefined);
}

/** `shorten` gives the form that a single turn had, where the edited one still fits it. */
function oneTurn(turn: JsonObject, shorten: (turn: JsonObject) => Json | undefined): GeminiContents {
  return {
    turns: [turn],
    write(turns) {
      const [only] = turns;
      const short = turns.length === 1 && isObject(only) ? shorten(only) : undefined;
      return short ?? turns.map(withPartObjects);
    },
  };
}

function usersParts(turn: JsonObject): readonly Json[] | undefined {
  return turn['role'] === 'user' ? listOf(turn['parts']) : undefined;
}

/** Within a turn a text is a part object, whatever the short form was. */
function withPartObjects(turn: Json): Json {
  if (!isObject(turn) || !listOf(turn['parts']).some((part) => typeof part === 'string')) return turn;
  return setFields(turn, {
    parts: listOf(turn['parts']).map((part) => (typeof part === 'string' ? { text: part } : part)),
  });
}
