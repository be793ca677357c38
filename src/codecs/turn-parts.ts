// SPDX-License-Identifier: Apache-2.0
import type { Json, JsonObject } from '../atof/event.ts';
import type { AnnotatedMessage, AnnotatedToolCall } from './annotated.ts';
import { type PartKind, type Placed, byKind, interleave, placed } from './turn-order.ts';
import { spreadText } from './turn-text.ts';
import { callPairing } from './message-pairing.ts';
import { patchFields, patchList } from './patch.ts';
import { defined, isObject, listOf, stringOf } from './read.ts';

/** How a provider writes turns that are lists of parts, where the key of a part says what it is (`{ text }`, `{ toolUse }`). */
export interface PartDialect {
  /** The field of a turn that lists its parts. */
  readonly list: string;
  /** Whether the provider refuses two turns of one role in a row, so that an edit must not make any. */
  readonly alternating: boolean;
  roleOf(turn: JsonObject): string;
  wireRole(role: string): string;
  kind(part: Json): PartKind;
  readCall(part: Json): AnnotatedToolCall;
  writeCall(after: AnnotatedToolCall, before?: AnnotatedToolCall, original?: Json): Json;
  readThought(part: Json): string;
  writeThought(text: string, original?: Json): Json;
  readResult(part: Json): AnnotatedMessage;
  writeResult(after: AnnotatedMessage, before?: AnnotatedMessage, original?: Json): Json;
}

/** Parts that are no results of calls as one message. */
export function readParts(role: string, parts: readonly Json[], dialect: PartDialect): AnnotatedMessage {
  const { content, call, thought } = byKind(parts, (part) => dialect.kind(part));
  return defined<AnnotatedMessage>({
    role,
    content: content.length > 0 || parts.length === 0 ? readContent(content) : undefined,
    tool_calls: call.length > 0 ? call.map((part) => dialect.readCall(part)) : undefined,
    reasoning: thought.length > 0 ? thought.map((part) => dialect.readThought(part)).join('\n') : undefined,
  });
}

/** The parts of one message after an edit, `originals` being those that `before` was read from; what the edit left alone stays where it was. */
export function writeParts(
  after: AnnotatedMessage,
  before: AnnotatedMessage | undefined,
  originals: readonly Json[],
  dialect: PartDialect,
): readonly Json[] {
  const wasResult = before?.role === 'tool';
  if (after.role === 'tool') {
    return [wasResult ? dialect.writeResult(after, before, originals[0]) : dialect.writeResult(after)];
  }
  const own = wasResult ? [] : originals.map(placed);
  const kindOf = ({ part }: Placed): PartKind => dialect.kind(part);
  const { content, call, thought } = byKind(own, kindOf);
  const calls = after.tool_calls ?? [];
  return interleave(own, kindOf, {
    thought: writeThoughts(thought, after.reasoning, dialect),
    // Both providers refuse an empty text, and other surfaces write one beside calls.
    content: after.content === '' && own.length === 0 && calls.length > 0 ? [] : patchContent(content, after.content),
    call: patchList(
      call,
      call.map(({ part }) => dialect.readCall(part)),
      calls,
      { ...callPairing, write: (to, from, original) => [placed(dialect.writeCall(to, from, original?.part))] },
    ),
    result: [],
  });
}

/** Content parts in our shape: the text itself where it is all there is, else the parts, `type` beside the text of those that are text. */
export function readContent(parts: readonly Json[]): Json {
  const [first] = parts;
  const text = parts.length === 1 ? plainText(first) : undefined;
  return text ?? parts.map(readPart);
}

/** The provider's content parts after an edit of what `readContent` gave. */
export function writeContent(originals: readonly Json[], after: Json | undefined): readonly Json[] {
  return patchContent(originals.map(placed), after).map(({ part }) => part);
}

function patchContent(originals: readonly Placed[], after: Json | undefined): readonly Placed[] {
  const parts = typeof after === 'string' ? [{ type: 'text', text: after }] : isObject(after) ? [after] : listOf(after);
  const before = originals.map(({ part }) => readPart(part));
  return patchList(originals, before, parts, {
    pairKey: (part) => (isObject(part) ? (stringOf(part['type']) ?? Object.keys(part)[0] ?? '') : typeof part),
    write: (part, from, original) => [placed(writePart(part, from, original?.part))],
  });
}

function plainText(part: Json | undefined): string | undefined {
  if (!isObject(part)) return stringOf(part);
  const alone = Object.keys(part).every((key) => key === 'text' || part[key] === undefined);
  return alone ? stringOf(part['text']) : undefined;
}

function readPart(part: Json): Json {
  if (typeof part === 'string') return { type: 'text', text: part };
  return typeof (part as JsonObject | null)?.['text'] === 'string' ? { type: 'text', ...(part as JsonObject) } : part;
}

function writePart(after: Json, before: Json | undefined, original: Json | undefined): Json {
  const wire = wirePart(after);
  if (typeof original === 'string') return plainText(wire) ?? wire;
  const wasWire = before === undefined ? undefined : wirePart(before);
  return isObject(wire) && isObject(wasWire) && isObject(original) ? patchFields(original, wasWire, wire) : wire;
}

function wirePart(part: Json): Json {
  if (typeof part === 'string') return { text: part };
  if (!isObject(part) || part['type'] !== 'text' || typeof part['text'] !== 'string') return part;
  const { type: _, ...wire } = part;
  return wire;
}

function writeThoughts(
  originals: readonly Placed[],
  reasoning: string | undefined,
  dialect: PartDialect,
): readonly Placed[] {
  if (reasoning === undefined) return [];
  if (originals.length === 0) return [placed(dialect.writeThought(reasoning))];
  const texts = originals.map(({ part }) => dialect.readThought(part));
  return spreadText(texts, reasoning).flatMap((text, index) => {
    const original = originals[index];
    if (text === undefined || !original) return [];
    return [text === texts[index] ? original : placed(dialect.writeThought(text, original.part))];
  });
}
