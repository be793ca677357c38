// SPDX-License-Identifier: Apache-2.0
import type { Json, JsonObject } from '../atof/event.ts';
import type { AnnotatedTool } from './annotated.ts';
import { toolPairing } from './message-pairing.ts';
import { patchFields, patchList, setFields, type WireFields } from './patch.ts';
import { defined, field, isObject, listOf, stringOf } from './read.ts';

/**
 * Tools of a request. One of the application is a `function`, whether it says that it is `custom` or nothing; one of the
 * provider keeps its type.
 */
export function decodeTools(tools: Json | undefined): readonly AnnotatedTool[] | undefined {
  return Array.isArray(tools) ? listOf(tools).map(decodeTool) : undefined;
}

function decodeTool(tool: Json): AnnotatedTool {
  const type = stringOf(field(tool, 'type')) ?? 'custom';
  return defined<AnnotatedTool>({
    type: type === 'custom' ? 'function' : type,
    // A toolset has no name of its own.
    name: stringOf(field(tool, 'name')) ?? type,
    description: stringOf(field(tool, 'description')),
    parameters: field(tool, 'input_schema'),
  });
}

/** The tool list after an edit. */
export function encodeTools(
  original: Json | undefined,
  before: readonly AnnotatedTool[] | undefined,
  after: readonly AnnotatedTool[] | undefined,
): Json | undefined {
  if (after === undefined) return undefined;
  return patchList(listOf(original), before ?? [], after, { ...toolPairing, write: encodeTool });
}

function encodeTool(after: AnnotatedTool, before?: AnnotatedTool, source?: Json): readonly Json[] {
  if (isObject(source) && before?.type === after.type)
    return [patchFields(source, wireFields(before), wireFields(after))];
  const { type, name, ...described } = wireFields(after);
  if (after.type === 'function') return [setFields({}, { name, input_schema: { type: 'object' }, ...described })];
  return [setFields({}, { type, ...(name === type ? {} : { name }), ...described })];
}

function wireFields({ type, name, description, parameters }: AnnotatedTool): WireFields {
  return {
    type,
    name,
    ...(description === undefined ? {} : { description }),
    ...(parameters === undefined ? {} : { input_schema: parameters }),
  };
}

/** The choice in the words that the other surfaces use; one that they have no word for as it is. */
export function decodeToolChoice(choice: Json | undefined): Json | undefined {
  const type = field(choice, 'type');
  if (type === 'auto' || type === 'none') return type;
  if (type === 'any') return 'required';
  if (type !== 'tool') return choice ?? undefined;
  return { type: 'function', function: { name: field(choice, 'name') ?? '' } };
}

/** The choice as this API writes it. What the original says beside it, such as that calls come one at a time, stays where it applies. */
export function encodeToolChoice(after: Json | undefined, original: Json | undefined): Json | undefined {
  if (after === undefined) return undefined;
  const written = choiceFields(after);
  if (!written) return after;
  if (!isObject(original) || written['type'] === 'none') return setFields({}, written);
  return setFields(original, { name: undefined, ...written });
}

function choiceFields(choice: Json): JsonObject | undefined {
  if (typeof choice === 'string') return { type: choice === 'required' ? 'any' : choice };
  if (field(choice, 'type') !== 'function') return undefined;
  return { type: 'tool', name: field(field(choice, 'function'), 'name') ?? field(choice, 'name') ?? '' };
}
