// SPDX-License-Identifier: Apache-2.0
import type { Json, JsonObject } from '../atof/event.ts';
import type { AnnotatedMessage, AnnotatedRequest, AnnotatedResponse, Codec, Usage } from './annotated.ts';
import { contentText } from './content-text.ts';
import { decodeGeminiUsage } from './gemini-usage.ts';
import { patchFields, patchList, setFields, type WireFields } from './patch.ts';
import { defined, field, isObject, listOf, numberOf, restOf, stringOf, tolerant } from './read.ts';
import { wholeAccumulator } from './whole-accumulator.ts';

/** A request has its contents in one of three ways: each in a request of a batch, each in an instance (Vertex AI), or one alone. */
const LISTS = ['requests', 'instances'] as const;
const READ = new Set(['model', 'content', ...LISTS]);

interface Held {
  readonly list: (typeof LISTS)[number] | undefined;
  readonly items: readonly Json[];
}

function held(content: JsonObject): Held | undefined {
  const list = LISTS.find((name) => Array.isArray(content[name]));
  const items = list === undefined ? [content] : listOf(content[list]);
  // Other models take instances too, with prompts in them.
  return items.every((item) => field(item, 'content') !== undefined) ? { list, items } : undefined;
}

/** Each content to embed is one user message: its text where it has nothing else. */
function readItem(item: Json): AnnotatedMessage {
  const content = field(item, 'content') as Json;
  const parts = listOf(field(content, 'parts'));
  const isText = parts.length > 0 && parts.every((part) => stringOf(field(part, 'text')) !== undefined);
  return { role: 'user', content: isText ? contentText(parts) : content };
}

function writeItem({ content = '' }: AnnotatedMessage, original: JsonObject, isInstance: boolean): JsonObject {
  const isWire = isInstance || typeof content !== 'string';
  const known = field(original, 'content');
  const parts = [{ text: content }];
  return setFields(original, { content: isWire ? content : setFields(isObject(known) ? known : {}, { parts }) });
}

function decodeRequest(content: unknown): AnnotatedRequest | undefined {
  const contents = isObject(content) ? held(content) : undefined;
  if (contents === undefined || !isObject(content)) return undefined;
  const model = stringOf(content['model']) ?? stringOf(field(contents.items[0], 'model'))?.replace(/^models\//, '');
  const messages = contents.items.map(readItem);
  return defined<AnnotatedRequest>({ model, messages, params: {}, extra: restOf(content, READ) });
}

function encodeRequest(edited: AnnotatedRequest, original: unknown): unknown {
  const source = isObject(original) ? original : {};
  const before = decodeRequest(source) ?? { messages: [], params: {} };
  const { list, items } = held(source) ?? { list: LISTS[0], items: [] };
  const [first] = items;
  const written = patchList(items, before.messages, edited.messages, {
    pairKey: (message) => message.role,
    write: (message, _, item = first) => [writeItem(message, isObject(item) ? item : {}, list === 'instances')],
  });
  const wire = (request: AnnotatedRequest): WireFields => ({ ...request.extra, model: request.model });
  const patched = patchFields(source, wire(before), wire(edited));
  if (written === items) return patched;
  if (list !== undefined) return setFields(patched, { [list]: written });
  const [only] = written;
  return setFields(patched, { content: field(only, 'content') });
}

function decodeResponse(response: unknown): AnnotatedResponse | undefined {
  if (!isObject(response)) return undefined;
  const predictions = listOf(response['predictions']).map((each) => field(each, 'embeddings'));
  const vectors = [field(response, 'embedding'), ...listOf(response['embeddings']), ...predictions];
  if (!vectors.some((vector) => Array.isArray(field(vector, 'values')))) return undefined;
  const counts = predictions.flatMap((each) => numberOf(field(field(each, 'statistics'), 'token_count')) ?? []);
  const input = counts.length === 0 ? undefined : counts.reduce((sum, count) => sum + count, 0);
  const usage = decodeGeminiUsage(response['usageMetadata']) ?? (input && defined<Usage>({ input_tokens: input }));
  return usage ? { usage } : {};
}

/** Embeddings of Gemini models: `batchEmbedContents` and `embedContent`, and `predict` of Vertex AI. */
export const geminiEmbeddings: Codec = {
  id: 'gemini_embeddings',
  operation: 'embeddings',
  decodeRequest: tolerant(decodeRequest),
  encodeRequest,
  decodeResponse: tolerant(decodeResponse),
  accumulator: () => wholeAccumulator(geminiEmbeddings.decodeResponse),
};
