// SPDX-License-Identifier: Apache-2.0
import type { Json, JsonObject } from '../atof/event.ts';
import type { AnnotatedMessage, AnnotatedToolCall } from './annotated.ts';
import { spreadText } from './turn-text.ts';
import { callPairing } from './message-pairing.ts';
import { patchFields, patchList } from './patch.ts';
import { defined, isObject, listOf, stringOf } from './read.ts';

/** What a part of a turn is to us: text and media, a call of the model, its reasoning, or the result of a call. */
export type PartKind = 'content' | 'call' | 'thought' | 'result';

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
  const { content, call, thought } = byKind(parts, dialect);
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
  const own = wasResult ? [] : originals;
  const { content, call, thought } = byKind(own, dialect);
  const calls = after.tool_calls ?? [];
  return interleave(own, dialect, {
    thought: writeThoughts(thought, after.reasoning, dialect),
    // Both providers refuse an empty text, and other surfaces write one beside calls.
    content: after.content === '' && own.length === 0 && calls.length > 0 ? [] : writeContent(content, after.content),
    call: patchList(
      call,
      call.map((part) => dialect.readCall(part)),
      calls,
      { ...callPairing, write: (...change) => [dialect.writeCall(...change)] },
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
  const parts = typeof after === 'string' ? [{ type: 'text', text: after }] : isObject(after) ? [after] : listOf(after);
  return patchList(originals, originals.map(readPart), parts, {
    pairKey: (part) => (isObject(part) ? (stringOf(part['type']) ?? Object.keys(part)[0] ?? '') : typeof part),
    write: (part, before, original) => [writePart(part, before, original)],
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
  originals: readonly Json[],
  reasoning: string | undefined,
  dialect: PartDialect,
): readonly Json[] {
  if (reasoning === undefined) return [];
  if (originals.length === 0) return [dialect.writeThought(reasoning)];
  const texts = originals.map((part) => dialect.readThought(part));
  return spreadText(texts, reasoning).flatMap((text, index) => {
    if (text === undefined) return [];
    return [text === texts[index] ? (originals[index] as Json) : dialect.writeThought(text, originals[index])];
  });
}

type ByKind = { readonly [kind in PartKind]: readonly Json[] };

function byKind(parts: readonly Json[], dialect: PartDialect): ByKind {
  const of = (kind: PartKind): readonly Json[] => parts.filter((part) => dialect.kind(part) === kind);
  return { content: of('content'), call: of('call'), thought: of('thought'), result: [] };
}

/** The edited parts in the order of the original ones; new ones follow their kind: reasoning, content, calls. */
function interleave(originals: readonly Json[], dialect: PartDialect, edited: ByKind): readonly Json[] {
  const known = new Set(originals);
  const waiting = { thought: [...edited.thought], content: [...edited.content], call: [...edited.call], result: [] };
  const kinds = originals.map((part) => dialect.kind(part));
  const result: Json[] = [];
  const take = (kind: PartKind, count: number): void => void result.push(...waiting[kind].splice(0, count));
  const takeAll = (kind: PartKind): void => take(kind, waiting[kind].length);

  if (!kinds.includes('thought')) takeAll('thought');
  for (const [index, kind] of kinds.entries()) {
    if (kind === 'call' && !kinds.includes('content')) takeAll('content');
    const queue: readonly Json[] = waiting[kind];
    const place = queue.indexOf(originals[index] as Json);
    if (place >= 0) take(kind, place + 1);
    else if (queue.length > 0 && !known.has(queue[0] as Json)) take(kind, 1);
    if (kinds.lastIndexOf(kind) === index) takeAll(kind);
  }
  takeAll('content');
  takeAll('call');
  return result;
}
