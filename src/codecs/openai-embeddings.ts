// SPDX-License-Identifier: Apache-2.0
import type { AnnotatedRequest, AnnotatedResponse, Codec } from './annotated.ts';
import { describeFlat } from './describe.ts';
import { decodeUsage } from './openai-usage.ts';
import { patchFields, setFields, type WireFields } from './patch.ts';
import { defined, isObject, field, listOf, restOf, stringOf, tolerant } from './read.ts';
import { encodeTexts, messagesOfTexts } from './text-list.ts';
import { wholeAccumulator } from './whole-accumulator.ts';

const READ = new Set(['model', 'input']);

/** Each text (or list of tokens) to embed is one user message. */
function decodeRequest(content: unknown): AnnotatedRequest | undefined {
  if (!isObject(content)) return undefined;
  const { input } = content;
  if (typeof input !== 'string' && !Array.isArray(input)) return undefined;
  return defined<AnnotatedRequest>({
    model: stringOf(content['model']),
    messages: messagesOfTexts(input),
    params: {},
    extra: restOf(content, READ),
  });
}

function encodeRequest(edited: AnnotatedRequest, original: unknown): unknown {
  const source = isObject(original) ? original : {};
  const before = decodeRequest(source) ?? { messages: [], params: {} };
  const wire = (request: AnnotatedRequest): WireFields => ({ ...request.extra, model: request.model });
  const patched = patchFields(source, wire(before), wire(edited));
  const input = encodeTexts(source['input'], edited.messages);
  return input === source['input'] ? patched : setFields(patched, { input });
}

function decodeResponse(response: unknown): AnnotatedResponse | undefined {
  if (!isObject(response)) return undefined;
  const [first] = listOf(response['data']);
  if (field(first, 'embedding') === undefined) return undefined;
  return defined<AnnotatedResponse>({ model: stringOf(response['model']), usage: decodeUsage(response['usage']) });
}

/** The OpenAI Embeddings API. */
export const openaiEmbeddings: Codec = {
  id: 'openai_embeddings',
  operation: 'embeddings',
  decodeRequest: tolerant(decodeRequest),
  describe: describeFlat,
  encodeRequest,
  decodeResponse: tolerant(decodeResponse),
  accumulator: () => wholeAccumulator(openaiEmbeddings.decodeResponse),
};
