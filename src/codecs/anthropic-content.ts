// SPDX-License-Identifier: Apache-2.0
import type { Json } from '../atof/event.ts';
import type { AnnotatedMessage, AnnotatedToolCall } from './annotated.ts';
import { patchJoinedText } from './anthropic-text.ts';
import { parseArguments } from './call-arguments.ts';
import { sameJson } from './canonical-json.ts';
import { callPairing } from './message-pairing.ts';
import { type ListPatch, patchList, setFields } from './patch.ts';
import { field, isObject, listOf, stringOf } from './read.ts';

/** Whether the block is a call of a tool that the application runs. */
export function isToolUse(block: Json): boolean {
  return field(block, 'type') === 'tool_use';
}

/** The call that such a block is. */
export function decodeToolUse(block: Json): AnnotatedToolCall {
  return {
    id: stringOf(field(block, 'id')) ?? '',
    name: stringOf(field(block, 'name')) ?? '',
    arguments: field(block, 'input') ?? {},
  };
}

/** The blocks that stay content as the provider wrote them: all but calls and thinking. */
export function isPart(block: Json): boolean {
  return !isToolUse(block) && field(block, 'type') !== 'thinking';
}

/** The blocks of a message that says what the annotated one says. Thinking is left out: the API refuses any that it did not sign. */
export function freshBlocks({ content, tool_calls: calls = [] }: AnnotatedMessage): readonly Json[] {
  return [...partsOf(content, []), ...calls.flatMap((call) => encodeToolUse(call))];
}

/** The blocks after an edit of the message that they were decoded to; each kind keeps its places among the others. */
export function patchBlocks(
  blocks: readonly Json[],
  before: AnnotatedMessage,
  after: AnnotatedMessage,
): readonly Json[] {
  const thought = before.reasoning === after.reasoning ? blocks : patchJoinedText(blocks, 'thinking', after.reasoning);
  const beforeParts = listOf(before.content);
  const parts = sameJson(before.content, after.content) ? beforeParts : partsOf(after.content, beforeParts);
  const said = patchPlaces(thought, isPart, beforeParts, parts, {
    // A part is all that the provider knows of it, so that an edited one is written as it is.
    pairKey: () => '',
    write: (part) => [part],
  });
  const [calls = [], wanted = []] = [before.tool_calls, after.tool_calls];
  return patchPlaces(said, isToolUse, calls, wanted, {
    ...callPairing,
    // Its calls may have got other ids and still be the same calls.
    pairKey: () => '',
    write: encodeToolUse,
  });
}

/** A text that replaces all parts takes over the text part, and its marks, where there was only one. */
function partsOf(content: Json | undefined, before: readonly Json[]): readonly Json[] {
  if (Array.isArray(content)) return listOf(content);
  if (typeof content !== 'string') return content === undefined ? [] : [content];
  const texts = before.filter((part) => field(part, 'type') === 'text');
  const [only] = texts;
  const shell = texts.length === 1 && isObject(only) ? only : { type: 'text' };
  return content === '' ? [] : [setFields(shell, { text: content })];
}

function encodeToolUse(after: AnnotatedToolCall, before?: AnnotatedToolCall, original?: Json): readonly Json[] {
  const over = isObject(original) ? original : { type: 'tool_use' };
  return [
    setFields(over, {
      ...(before?.id === after.id ? {} : { id: after.id }),
      ...(before?.name === after.name ? {} : { name: after.name }),
      ...(before && sameJson(before.arguments, after.arguments) ? {} : { input: inputOf(after.arguments) }),
    }),
  ];
}

/** This API takes input as an object; other surfaces keep a call without arguments, or with JSON text, as a string. */
function inputOf(value: Json): Json {
  const parsed = parseArguments(value);
  return parsed === '' ? {} : parsed;
}

/**
 * The blocks with those of one kind patched as a list. What is new goes before the block that it came before, else behind the last
 * of its kind.
 */
function patchPlaces<Item>(
  blocks: readonly Json[],
  belongs: (block: Json) => boolean,
  before: readonly Item[],
  after: readonly Item[],
  options: ListPatch<Item>,
): readonly Json[] {
  const originals = blocks.filter(belongs);
  const patched = patchList(originals, before, after, options);
  if (patched === originals) return blocks;
  if (originals.length === 0) return insertFresh(blocks, patched);
  const places = placeItems(originals, patched);
  let position = 0;
  return blocks.flatMap((block) => (belongs(block) ? (places[position++] ?? []) : [block]));
}

/** Where a message had nothing of the kind: calls at the end, what it says before its calls. */
function insertFresh(blocks: readonly Json[], fresh: readonly Json[]): readonly Json[] {
  const at = fresh.every(isToolUse) ? -1 : blocks.findIndex(isToolUse);
  return at < 0 ? [...blocks, ...fresh] : [...blocks.slice(0, at), ...fresh, ...blocks.slice(at)];
}

function placeItems(originals: readonly Json[], patched: readonly Json[]): readonly (readonly Json[])[] {
  if (originals.length === patched.length) return patched.map((item) => [item]);
  const places: Json[][] = originals.map(() => []);
  let last = -1;
  let waiting: Json[] = [];
  for (const item of patched) {
    waiting.push(item);
    const place = originals.indexOf(item, last + 1);
    if (place < 0) continue;
    places[place] = waiting;
    last = place;
    waiting = [];
  }
  places[Math.max(last, 0)]?.push(...waiting);
  return places;
}
