// SPDX-License-Identifier: Apache-2.0
import type { Json, JsonObject } from '../atof/event.ts';
import { parseArguments } from './call-arguments.ts';
import { copyOf, isObject, listOf, stringOf } from './read.ts';

/** One content block that grows. */
export interface GrowingBlock {
  /** As it was announced. */
  shape: JsonObject;
  text: string;
  thinking: string;
  /** JSON text of a call's input; undefined while none came. */
  input: string | undefined;
  signature: Json | undefined;
  readonly citations: Json[];
  /** Fields that a delta gave whole. */
  final: JsonObject | undefined;
}

/** A block that has been announced as `shape`, or one whose announcement is missing. */
export function growingBlock(shape: JsonObject): GrowingBlock {
  return { shape, text: '', thinking: '', input: undefined, signature: undefined, citations: [], final: undefined };
}

/** Adds one delta; one of a kind that we do not know says nothing. */
export function growBlock(block: GrowingBlock, delta: JsonObject): void {
  const { type } = delta;
  if (type === 'text_delta') block.text += stringOf(delta['text']) ?? '';
  else if (type === 'input_json_delta') block.input = (block.input ?? '') + (stringOf(delta['partial_json']) ?? '');
  else if (type === 'thinking_delta') block.thinking += stringOf(delta['thinking']) ?? '';
  // Not appended: a signature comes whole.
  else if (type === 'signature_delta') block.signature = delta['signature'] ?? block.signature;
  else if (type === 'citations_delta') {
    if (delta['citation'] != null) block.citations.push(copyOf(delta['citation']));
  } else if (type === 'compaction_delta') {
    const { type: _, ...fields } = delta;
    block.final = copyOf(fields);
  }
}

/** The block as far as it came. Input that was cut off stays the text that it is. */
export function printBlock(block: GrowingBlock): JsonObject {
  const { text, thinking, input, signature, citations, final } = block;
  const shape = block.shape['type'] === undefined ? { ...guessShape(block), ...block.shape } : block.shape;
  const type = shape['type'];
  const printed: { [name: string]: Json } = { ...shape };
  if (type === 'text') {
    printed['text'] = (stringOf(shape['text']) ?? '') + text;
    if (citations.length > 0) printed['citations'] = [...listOf(shape['citations']), ...citations];
  } else if (type === 'thinking') {
    printed['thinking'] = (stringOf(shape['thinking']) ?? '') + thinking;
    if (signature !== undefined) printed['signature'] = signature;
  } else if (type === 'compaction') Object.assign(printed, final);
  if (input !== undefined && isCall(type)) printed['input'] = input === '' ? {} : parseArguments(input);
  return printed;
}

function isCall(type: Json | undefined): boolean {
  return type === 'tool_use' || type === 'server_tool_use' || type === 'mcp_tool_use';
}

function guessShape({ thinking, signature, input, final }: GrowingBlock): JsonObject {
  if (input !== undefined) return { type: 'tool_use', id: '', name: '', input: {} };
  if (thinking !== '' || signature !== undefined) return { type: 'thinking', thinking: '', signature: '' };
  return isObject(final) ? { type: 'compaction' } : { type: 'text', text: '' };
}
