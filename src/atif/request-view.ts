// SPDX-License-Identifier: Apache-2.0
import { METADATA } from '../../semconv/index.ts';
import type { Json, JsonObject } from '../atof/event.ts';
import type { AnnotatedMessage, AnnotatedRequest, Codec } from '../codecs/annotated.ts';
import { codecById, detectRequest } from '../codecs/index.ts';
import { field, isObject, listOf, stringOf } from '../codecs/read.ts';
import { metadataOf, type Scope } from './scopes.ts';

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
}

const LISTS = ['messages', 'input', 'contents'] as const;
const NOTHING: AnnotatedMessage = { role: 'unknown' };

/** The provider-shaped request in a model start's data, which is `{ headers, content }`, in foreign streams the content itself. */
export function requestContent(scope: Scope): Json {
  const data = scope.start?.event.data ?? null;
  return isObject(data) && data['content'] !== undefined && isObject(data['headers'] ?? {}) ? data['content'] : data;
}

/** The request of a model scope, or undefined where no codec understands it. */
export function viewRequest(scope: Scope): RequestView | undefined {
  const content = requestContent(scope);
  if (!isObject(content)) return undefined;
  const list = LISTS.find((name) => Array.isArray(content[name]));
  const items = list === undefined ? [] : listOf(content[list]);
  // Without the list's rest, the size of the history does not matter to what decodes the rest of the request.
  const cut = (kept: readonly Json[], tools: Json | undefined): JsonObject => {
    const small = tools === undefined ? content : { ...content, tools };
    return list === undefined ? small : { ...small, [list]: kept };
  };
  const known = codecById(stringOf(metadataOf(scope, METADATA.CODEC)));
  const codec = known ?? detectRequest(cut(items.slice(0, 1), undefined));
  const head = codec?.decodeRequest(cut([], null));
  if (!codec || !head) return undefined;
  const decoded = new Map<number, AnnotatedMessage>();
  return {
    codec,
    head,
    tools: content['tools'],
    count: list === undefined ? head.messages.length : items.length,
    message(index) {
      const whole = list === undefined ? head.messages[index] : decoded.get(index);
      if (whole) return whole;
      const [message = NOTHING] = codec.decodeRequest({ [list as string]: [items[index] as Json] })?.messages ?? [];
      decoded.set(index, message);
      return message;
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
