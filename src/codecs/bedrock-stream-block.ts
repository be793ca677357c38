// SPDX-License-Identifier: Apache-2.0
import type { Json, JsonObject } from '../atof/event.ts';
import { parseArguments } from './call-arguments.ts';
import { defined, field, isObject, listOf, stringOf } from './read.ts';

/** One content block of a stream as far as it came. */
export interface Block {
  /** As it was announced; texts are not. */
  start: JsonObject | undefined;
  text: string | undefined;
  input: string | undefined;
  reasoning: { text: string; signature: string | undefined } | undefined;
  readonly redacted: Json[];
  readonly citations: Json[];
  readonly results: Json[];
  readonly images: Json[];
}

/** A block of which nothing came yet. */
export function openBlock(): Block {
  const [start, text, input, reasoning] = [undefined, undefined, undefined, undefined];
  return { start, text, input, reasoning, redacted: [], citations: [], results: [], images: [] };
}

/** Adds a `ContentBlockDelta`; one that we do not know adds nothing. */
export function pushDelta(block: Block, delta: JsonObject): void {
  const { text, toolUse, reasoningContent, citation, toolResult, image } = delta;
  if (typeof text === 'string') block.text = (block.text ?? '') + text;
  if (isObject(toolUse)) block.input = (block.input ?? '') + (stringOf(toolUse['input']) ?? '');
  if (isObject(reasoningContent)) pushReasoning(block, reasoningContent);
  if (isObject(citation)) block.citations.push(citation);
  for (const piece of listOf(toolResult)) pushResult(block.results, piece);
  if (isObject(image)) block.images.push(image);
}

/** The block as `Converse` would have returned it; none where nothing of it was understood. */
export function printBlock(block: Block): readonly Json[] {
  const { start, text, input, reasoning, redacted, citations, results, images } = block;
  const called = field(start, 'toolUse');
  if (isObject(called) || input !== undefined) {
    // No arguments at all come as no text.
    const parsed = input === undefined || input === '' ? {} : parseArguments(input);
    return [{ toolUse: { toolUseId: '', name: '', ...objectOf(called), input: parsed } }];
  }
  const answered = field(start, 'toolResult');
  if (isObject(answered) || results.length > 0)
    return [{ toolResult: { ...objectOf(answered), content: [...results] } }];
  const shown = field(start, 'image');
  if (isObject(shown) || images.length > 0) return [{ image: { ...objectOf(shown), ...joinedImage(images) } }];
  if (redacted.length > 0) return [{ reasoningContent: { redactedContent: joinedBytes(redacted) } }];
  if (reasoning)
    return [{ reasoningContent: { reasoningText: defined<{ text: string; signature?: string }>(reasoning) } }];
  if (citations.length > 0)
    return [{ citationsContent: { content: [{ text: text ?? '' }], citations: [...citations] } }];
  if (text !== undefined) return [{ text }];
  return start ? [start] : [];
}

function pushReasoning(block: Block, { text, signature, redactedContent }: JsonObject): void {
  if (redactedContent !== undefined) block.redacted.push(redactedContent);
  if (typeof text !== 'string' && typeof signature !== 'string') return;
  block.reasoning ??= { text: '', signature: undefined };
  if (typeof text === 'string') block.reasoning.text += text;
  if (typeof signature === 'string') block.reasoning.signature = (block.reasoning.signature ?? '') + signature;
}

function pushResult(results: Json[], piece: Json): void {
  const text = stringOf(field(piece, 'text'));
  const before = text === undefined ? undefined : stringOf(field(results.at(-1), 'text'));
  if (before === undefined) results.push(piece);
  else results[results.length - 1] = { text: before + text };
}

function joinedImage(images: readonly Json[]): JsonObject {
  const sources = images.flatMap((image) => field(image, 'source') ?? []);
  const bytes = sources.flatMap((source) => field(source, 'bytes') ?? []);
  const source = bytes.length > 1 ? { bytes: joinedBytes(bytes) } : sources.at(-1);
  const error = images.map((image) => field(image, 'error')).findLast((told) => told !== undefined);
  return defined<{ source?: Json; error?: Json }>({ source, error });
}

/** The SDK gives bytes, the wire base64 text. Pieces of another kind cannot be joined: the last one stands. */
function joinedBytes(pieces: readonly Json[]): Json {
  const bytes: readonly unknown[] = pieces;
  const [only] = pieces;
  if (pieces.length === 1 && only !== undefined) return only;
  if (!bytes.every((piece) => piece instanceof Uint8Array)) return pieces.at(-1) ?? null;
  const joined = new Uint8Array(bytes.reduce<number>((length, piece) => length + piece.length, 0));
  let offset = 0;
  for (const piece of bytes) {
    joined.set(piece, offset);
    offset += piece.length;
  }
  return joined as unknown as Json;
}

function objectOf(value: Json | undefined): JsonObject {
  return isObject(value) ? value : {};
}
