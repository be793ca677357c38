// SPDX-License-Identifier: Apache-2.0
import { METADATA } from '../../semconv/index.ts';
import type { Json, JsonObject } from '../atof/event.ts';
import type { AnnotatedMessage, AnnotatedRequest, Codec } from '../codecs/annotated.ts';
import { codecById, detectRequest } from '../codecs/index.ts';
import { sameJson } from '../codecs/canonical-json.ts';
import { field, isObject, listOf, stringOf } from '../codecs/read.ts';
import { dataOf, metadataOf, type Scope } from './scopes.ts';

/**
 * A model call's request, decoded message by message and only where somebody looks: every call of a conversation repeats all that
 * was said before, and decoding it each time would make the work quadratic.
 */
export interface RequestView {
  readonly codec: Codec;
  /** The request without its messages and tools. */
  readonly head: AnnotatedRequest;
  /** The tools as the provider gets them. */
  readonly tools: Json | undefined;
  readonly count: number;
  message(index: number): AnnotatedMessage;
  /** Takes what is known out of what is held of the request; undefined where that is not worth it. */
  forget(known: Repeated): { readonly front: readonly Json[]; readonly saved: number } | undefined;
}

/** What a request repeats. */
export interface Repeated {
  /** How many messages of system text are in front, and up to which message the rest is told. */
  readonly system: number;
  readonly until: number;
  /** Tools and messages in front as an earlier request had them, to be shared where they are the same. */
  readonly tools: Json | undefined;
  readonly front: readonly Json[];
}

/** Characters from which on it pays to print a request again without what is known. */
const WORTH_CUTTING = 1000;
const LISTS = ['messages', 'input', 'contents'] as const;
const NO_ITEMS: readonly Json[] = [];
const NOTHING: AnnotatedMessage = { role: 'unknown' };

/** The provider-shaped request in a model start's data, which is `{ headers, content }`, in foreign streams the content itself. */
export function requestContent(scope: Scope): Json {
  const data = dataOf(scope.start);
  return isObject(data) && data['content'] !== undefined && isObject(data['headers'] ?? {}) ? data['content'] : data;
}

/** The request of a model scope, or undefined where no codec understands it. */
export function viewRequest(scope: Scope, content: Json): RequestView | undefined {
  const { start } = scope;
  if (!isObject(content)) return undefined;
  const list = LISTS.find((name) => Array.isArray(content[name]));
  const known = start?.known;
  const front = known?.front ?? NO_ITEMS;
  const missing = known?.messages ?? 0;
  const own = list === undefined ? NO_ITEMS : listOf(content[list]);
  const items = front.length === 0 ? own : [...front, ...own];
  // Without the list's rest, the size of the history does not matter to what decodes the rest of the request.
  const cut = (kept: readonly Json[], tools: Json | undefined): JsonObject => {
    const small: { [key: string]: Json } = { ...content };
    if (tools !== undefined) small['tools'] = tools;
    if (list !== undefined) small[list] = kept;
    return small;
  };
  const named = codecById(stringOf(metadataOf(scope, METADATA.CODEC)));
  const codec = known?.codec ?? named ?? detectRequest(cut(items.slice(0, 1), undefined));
  const head = codec?.decodeRequest(cut([], null));
  if (!codec || !head) return undefined;
  const decoded = new Map<number, AnnotatedMessage>();
  return {
    codec,
    head,
    tools: known?.tools ?? content['tools'],
    count: list === undefined ? head.messages.length : items.length + missing,
    message(index) {
      const whole = list === undefined ? head.messages[index] : decoded.get(index);
      if (whole) return whole;
      if (index >= front.length && index < front.length + missing) return NOTHING;
      const item = items[index < front.length ? index : index - missing] as Json;
      const [message = NOTHING] = codec.decodeRequest({ [list as string]: [item] })?.messages ?? [];
      decoded.set(index, message);
      return message;
    },
    forget({ system, until, tools, front }) {
      const before = start?.payload;
      if (start?.printed !== true || typeof before !== 'string' || before.length < WORTH_CUTTING) return undefined;
      // Printed once, and again only when more of it is told elsewhere.
      if (known !== undefined && until - known.front.length <= missing) return { front: known.front, saved: 0 };
      const { tools: _, ...kept }: { [key: string]: Json } = content;
      const shown = items.slice(0, system);
      const shared = sameJson(shown, front) ? front : shown;
      if (list !== undefined) kept[list] = items.slice(until - missing);
      start.payload = JSON.stringify({ headers: {}, content: kept });
      start.known = { messages: list === undefined ? 0 : until - system, front: shared, codec, tools };
      return { front: shared, saved: before.length - start.payload.length };
    },
  };
}

/** The tools that a request offers, in OpenAI's function-calling form. */
export function toolDefinitions({ codec, tools }: RequestView): readonly JsonObject[] {
  const listed = codec.decodeRequest({ messages: [], input: [], tools: tools ?? null })?.tools ?? [];
  return listed.map(({ type, ...described }) =>
    described.name === type ? { type } : { type, function: described as unknown as JsonObject },
  );
}

/** A name under which a tool definition is known: the same tool offered again is one definition. */
export function definitionName(definition: JsonObject): string {
  return stringOf(field(definition['function'], 'name')) ?? stringOf(definition['type']) ?? '';
}
