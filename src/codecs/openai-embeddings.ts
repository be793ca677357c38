// SPDX-License-Identifier: Apache-2.0
import type { Json } from '../atof/event.ts';
import type { AnnotatedMessage, AnnotatedRequest, AnnotatedResponse, Codec } from './annotated.ts';
import { describeFlat } from './describe.ts';
import { decodeUsage } from './openai-usage.ts';
import { patchFields, patchList, setFields, type WireFields } from './patch.ts';
import { defined, isObject, field, listOf, restOf, stringOf, tolerant } from './read.ts';
import { wholeAccumulator } from './whole-accumulator.ts';

const READ = new Set(['model', 'input']);

/** Each text (or list of tokens) to embed is one user message. */
function decodeRequest(content: unknown): AnnotatedRequest | undefined {
  if (!isObject(content)) return undefined;
  const { input } = content;
  if (typeof input !== 'string' && !Array.isArray(input)) return undefined;
  return defined<AnnotatedRequest>({
    model: stringOf(content['model']),
    messages: inputsOf(input).map((item): AnnotatedMessage => ({ role: 'user', content: item })),
    params: {},
    extra: restOf(content, READ),
  });
}

function inputsOf(input: Json | undefined): readonly Json[] {
  return isSingle(input) ? [input] : listOf(input);
}

/** A string, or one text as a list of token numbers. */
function isSingle(input: Json | undefined): input is Json {
  return typeof input === 'string' || typeof listOf(input)[0] === 'number';
}

function encodeRequest(edited: AnnotatedRequest, original: unknown): unknown {
  const source = isObject(original) ? original : {};
  const before = decodeRequest(source) ?? { messages: [], params: {} };
  const originals = inputsOf(source['input']);
  const inputs = patchList(originals, before.messages, edited.messages, {
    pairKey: (message) => message.role,
    write: (message) => [message.content ?? ''],
  });
  const wire = (request: AnnotatedRequest): WireFields => ({ ...request.extra, model: request.model });
  const patched = patchFields(source, wire(before), wire(edited));
  if (inputs === originals) return patched;
  const [only] = inputs;
  return setFields(patched, {
    input: inputs.length === 1 && only !== undefined && isSingle(source['input']) ? only : inputs,
  });
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
