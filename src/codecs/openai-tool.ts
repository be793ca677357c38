// SPDX-License-Identifier: Apache-2.0
import type { Json, JsonObject } from '../atof/event.ts';
import type { AnnotatedTool } from './annotated.ts';
import { toolPairing } from './message-pairing.ts';
import { patchFields, patchList, setFields } from './patch.ts';
import { defined, field, isObject, listOf, stringOf } from './read.ts';

/** Tools of a request: Chat nests a function's fields under `function` (or `custom`), Responses has them beside `type`. */
export function decodeTools(tools: Json | undefined): readonly AnnotatedTool[] | undefined {
  return Array.isArray(tools) ? listOf(tools).map(decodeTool) : undefined;
}

/** The tool list after an edit; `nested` is the form in which added tools are written. */
export function encodeTools(
  original: Json | undefined,
  before: readonly AnnotatedTool[] | undefined,
  after: readonly AnnotatedTool[] | undefined,
  nested: boolean,
): Json | undefined {
  if (after === undefined) return undefined;
  return patchList(listOf(original), before ?? [], after, {
    ...toolPairing,
    write: (tool, replaced, source) => [encodeTool(tool, replaced, source, nested)],
  });
}

/** The choice that Responses writes flat, in the form that the other surfaces share: the function's name under `function`. */
export function decodeFlatChoice(choice: Json | undefined): Json | undefined {
  const type = field(choice, 'type');
  const name = field(choice, 'name');
  return (type === 'function' || type === 'custom') && typeof name === 'string' ? { type, [type]: { name } } : choice;
}

/** The choice after an edit as Responses writes it, over an original one of the same type. */
export function encodeFlatChoice(after: Json | undefined, original: Json | undefined): Json | undefined {
  const type = field(after, 'type');
  const name = typeof type === 'string' ? field(field(after, type), 'name') : undefined;
  if (type === undefined || name === undefined) return after;
  return setFields(isObject(original) && original['type'] === type ? original : { type }, { name });
}

function decodeTool(tool: Json): AnnotatedTool {
  const type = stringOf(field(tool, 'type')) ?? 'function';
  const nested = field(tool, type);
  const described = isObject(nested) ? nested : tool;
  return defined<AnnotatedTool>({
    type,
    // Hosted tools of a provider have no name of their own.
    name: stringOf(field(described, 'name')) ?? type,
    description: stringOf(field(described, 'description')),
    parameters: field(described, 'parameters'),
  });
}

function encodeTool(
  after: AnnotatedTool,
  before: AnnotatedTool | undefined,
  source: Json | undefined,
  nested: boolean,
): JsonObject {
  const { type, ...described } = after;
  if (!isObject(source) || before?.type !== type) {
    return nested ? { type, [type]: { ...described } } : { type, ...described };
  }
  const { type: _, ...wasDescribed } = before;
  const inner = source[type];
  if (!isObject(inner)) return patchFields(source, wasDescribed, described);
  return setFields(source, { [type]: patchFields(inner, wasDescribed, described) });
}
