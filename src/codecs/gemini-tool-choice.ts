// SPDX-License-Identifier: Apache-2.0
import type { Json } from '../atof/event.ts';
import { setFields } from './patch.ts';
import { field, isObject, listOf, stringOf } from './read.ts';

const MODES: ReadonlyMap<string, string> = new Map([
  ['AUTO', 'auto'],
  ['NONE', 'none'],
  ['ANY', 'required'],
]);

/** What `toolConfig` says about calls; where our shape has no word for it, `functionCallingConfig` itself. */
export function decodeToolChoice(toolConfig: Json | undefined): Json | undefined {
  const calling = field(toolConfig, 'functionCallingConfig');
  if (!isObject(calling)) return undefined;
  const choice = MODES.get(stringOf(calling['mode']) ?? '');
  const allowed = calling['allowedFunctionNames'] == null ? undefined : listOf(calling['allowedFunctionNames']);
  if (choice !== undefined && allowed === undefined) return choice;
  const [name] = allowed ?? [];
  if (choice === 'required' && allowed?.length === 1 && typeof name === 'string') {
    return { type: 'function', function: { name } };
  }
  return calling;
}

/** `toolConfig` after an edit of the choice; its other fields survive. */
export function encodeToolChoice(toolConfig: Json | undefined, choice: Json | undefined): Json | undefined {
  const original = isObject(toolConfig) ? toolConfig : {};
  const edited = setFields(original, {
    functionCallingConfig: callingConfig(original['functionCallingConfig'], choice),
  });
  return Object.keys(edited).length === 0 ? undefined : edited;
}

function callingConfig(original: Json | undefined, choice: Json | undefined): Json | undefined {
  const name = stringOf(field(field(choice, 'function'), 'name'));
  const mode = [...MODES].find(([, word]) => word === choice)?.[0];
  if (mode === undefined && name === undefined) return choice;
  const names = name === undefined ? undefined : [name];
  return setFields(isObject(original) ? original : {}, { mode: mode ?? 'ANY', allowedFunctionNames: names });
}
