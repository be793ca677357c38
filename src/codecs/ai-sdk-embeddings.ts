// SPDX-License-Identifier: Apache-2.0
import type { Json, JsonObject } from '../atof/event.ts';
import type { AnnotatedMessage, AnnotatedRequest, AnnotatedResponse, Codec } from './annotated.ts';
import { patchFields, patchList, setFields } from './patch.ts';
import { defined, field, isObject, listOf, numberOf, restOf, tolerant } from './read.ts';
import { wholeAccumulator } from './whole-accumulator.ts';

// The embedding model interface of the AI SDK, versions 2 to 4: what a model gets and gives, and what its gateway sends over the wire.

/** What is to be embedded: a list, under the name that the gateway of version 2 has for it where it is not that of the interface; one alone has no list there. */
const NAMES = ['values', 'input'] as const;
const READ = new Set<string>(NAMES);

interface Held {
  readonly name: (typeof NAMES)[number];
  readonly items: readonly Json[];
  readonly isAlone: boolean;
}

function held(content: JsonObject): Held | undefined {
  const name = NAMES.find((each) => content[each] !== undefined);
  if (name === undefined) return undefined;
  const value = content[name] as Json;
  const isAlone = !Array.isArray(value);
  if (isAlone && (name === 'values' || typeof value !== 'string')) return undefined;
  return { name, items: isAlone ? [value] : listOf(value), isAlone };
}

/** Each value to embed is one user message. */
function decodeRequest(content: unknown): AnnotatedRequest | undefined {
  const values = isObject(content) ? held(content) : undefined;
  if (values === undefined || !isObject(content)) return undefined;
  const messages = values.items.map((value): AnnotatedMessage => ({ role: 'user', content: value }));
  return defined<AnnotatedRequest>({ messages, params: {}, extra: restOf(content, READ) });
}

function encodeRequest(edited: AnnotatedRequest, original: unknown): unknown {
  const source = isObject(original) ? original : {};
  const before = decodeRequest(source) ?? { messages: [], params: {} };
  const { name, items, isAlone } = held(source) ?? { name: 'values', items: [], isAlone: false };
  const written = patchList(items, before.messages, edited.messages, {
    pairKey: (message) => message.role,
    write: (message) => [message.content ?? ''],
  });
  const patched = patchFields(source, before.extra ?? {}, edited.extra ?? {});
  if (written === items) return patched;
  const [only = ''] = written;
  return setFields(patched, { [name]: isAlone && written.length === 1 ? only : written });
}

function decodeResponse(response: unknown): AnnotatedResponse | undefined {
  if (!isObject(response) || !Array.isArray(response['embeddings'])) return undefined;
  const tokens = numberOf(field(response['usage'], 'tokens'));
  return tokens === undefined ? {} : { usage: { input_tokens: tokens } };
}

/** The embedding models of the AI SDK: of models that bring no wire format of their own, and of its gateway. */
export const aiSdkEmbeddings: Codec = {
  id: 'ai_sdk_embeddings',
  operation: 'embeddings',
  decodeRequest: tolerant(decodeRequest),
  encodeRequest,
  decodeResponse: tolerant(decodeResponse),
  accumulator: () => wholeAccumulator(aiSdkEmbeddings.decodeResponse),
};
