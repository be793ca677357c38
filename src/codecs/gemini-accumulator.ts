// SPDX-License-Identifier: Apache-2.0
import type { Json, JsonObject } from '../atof/event.ts';
import type { Accumulator } from './annotated.ts';
import { growingCall, type GrowingCall } from './gemini-partial-args.ts';
import { copyOf, field, isObject, listOf, numberOf, stringOf } from './read.ts';
import { tolerantAccumulator } from './tolerant-accumulator.ts';

/** A text grows while the parts that follow are text of the same kind; everything else is as it came. */
interface Part {
  fields: Map<string, Json>;
  text: string | undefined;
  call: GrowingCall | undefined;
}

interface Candidate {
  readonly parts: Part[];
  /** The last chunk that has a field says it. */
  readonly fields: Map<string, Json>;
  role: string;
}

const HEAD = ['responseId', 'modelVersion', 'createTime', 'modelStatus', 'promptFeedback', 'usageMetadata'] as const;

/** Joins partial `GenerateContentResponse`s into the one that the same call would have returned without streaming. */
export function geminiAccumulator(): Accumulator {
  const head = new Map<string, Json>();
  const candidates = new Map<number, Candidate>();
  let understood = false;

  function push(chunk: unknown): void {
    if (!isObject(chunk)) return;
    const { candidates: partial, promptFeedback, usageMetadata } = chunk;
    if (!Array.isArray(partial) && !isObject(promptFeedback) && !isObject(usageMetadata)) return;
    understood = true;
    for (const name of HEAD) {
      const value = chunk[name];
      if (value !== undefined && value !== null) head.set(name, copyOf(value));
    }
    for (const candidate of listOf(partial)) if (isObject(candidate)) pushCandidate(candidates, candidate);
  }

  function response(): JsonObject | undefined {
    if (!understood) return undefined;
    const ordered = [...candidates].toSorted(([a], [b]) => a - b);
    const printed = ordered.map(([, candidate]) => printCandidate(candidate));
    return { ...(printed.length > 0 ? { candidates: printed } : {}), ...Object.fromEntries(head) };
  }

  return tolerantAccumulator(push, response);
}

function pushCandidate(candidates: Map<number, Candidate>, partial: JsonObject): void {
  const index = numberOf(partial['index']) ?? 0;
  let candidate = candidates.get(index);
  if (!candidate) candidates.set(index, (candidate = { parts: [], fields: new Map(), role: 'model' }));
  for (const [name, value] of Object.entries(partial)) {
    if (name !== 'content' && value !== undefined && value !== null) candidate.fields.set(name, copyOf(value));
  }
  const { content } = partial;
  candidate.role = stringOf(field(content, 'role')) || candidate.role;
  for (const part of listOf(field(content, 'parts'))) if (isObject(part)) pushPart(candidate.parts, copyOf(part));
}

function pushPart(parts: Part[], part: JsonObject): void {
  const last = parts.at(-1);
  const { text, functionCall, ...rest } = part;
  const fields = new Map(Object.entries(rest));
  if (typeof text === 'string' && functionCall === undefined && last && continues(last, rest)) {
    last.text = (last.text ?? '') + text;
    for (const [name, value] of fields) last.fields.set(name, value);
    return;
  }
  const call = isObject(functionCall) ? functionCall : undefined;
  if (call && last?.call?.push(call)) {
    for (const [name, value] of fields) last.fields.set(name, value);
    return;
  }
  // Streams end with an empty text where the answer itself had none.
  if (text === '' && last && fields.size === 0) return;
  if (text !== undefined && typeof text !== 'string') fields.set('text', text);
  parts.push({ fields, text: stringOf(text), call: call && growingCall(call) });
}

/** Two signed texts stay apart: a signature is for the part that it came with. */
function continues(last: Part, rest: JsonObject): boolean {
  const { text, fields } = last;
  if (text === undefined || fields.has('thoughtSignature')) return false;
  const unsigned = Object.keys(rest).filter((name) => name !== 'thoughtSignature' && rest[name] !== undefined);
  return (
    unsigned.every((name) => name === 'thought') && (fields.get('thought') === true) === (rest['thought'] === true)
  );
}

function printCandidate({ parts, fields, role }: Candidate): JsonObject {
  const content = { role, parts: parts.map(printPart) };
  return { content, ...Object.fromEntries(fields) };
}

function printPart({ fields, text, call }: Part): JsonObject {
  const own = text === undefined ? {} : { text };
  return { ...own, ...(call ? { functionCall: call.print() } : {}), ...Object.fromEntries(fields) };
}
