// SPDX-License-Identifier: Apache-2.0
import type { JsonObject } from '../atof/event.ts';
import type { Codec } from './annotated.ts';
import { openaiChat } from './openai-chat.ts';
import { openaiEmbeddings } from './openai-embeddings.ts';
import { openaiResponses } from './openai-responses.ts';
import { field, isObject, listOf, stringOf, tolerant } from './read.ts';

const CODECS: readonly Codec[] = [openaiChat, openaiResponses, openaiEmbeddings];

/** The codec with this id, where it is one of ours. */
export function codecById(id: string | undefined): Codec | undefined {
  return CODECS.find((codec) => codec.id === id);
}

/** The codec of a request whose endpoint is not known, by its shape; undefined where it fits none of ours. */
export const detectRequest: (content: unknown) => Codec | undefined = tolerant((content) => {
  if (!isObject(content)) return undefined;
  if (Array.isArray(content['messages'])) return isAnthropic(content) ? undefined : openaiChat;
  if (isEmbeddings(content)) return openaiEmbeddings;
  return openaiResponses.decodeRequest(content) && openaiResponses;
});

/** The codec of a response, by its shape; undefined where it fits none of ours. */
export const detectResponse: (response: unknown) => Codec | undefined = tolerant((response) =>
  CODECS.find((codec) => codec.decodeResponse(response)),
);

/** Anthropic's messages have the same field name; these are hers alone. */
function isAnthropic(content: JsonObject): boolean {
  if (['system', 'anthropic_version', 'stop_sequences', 'thinking'].some((name) => content[name] !== undefined))
    return true;
  return listOf(content['tools']).some((tool) => field(tool, 'input_schema') !== undefined);
}

/** A text alone may also be a Responses request, so that it takes a field or a model that only embeddings have. */
function isEmbeddings(content: JsonObject): boolean {
  if (openaiEmbeddings.decodeRequest(content) === undefined) return false;
  if (['encoding_format', 'dimensions'].some((name) => content[name] !== undefined)) return true;
  const [first] = listOf(content['input']);
  if (typeof first === 'string' || typeof first === 'number' || Array.isArray(first)) return true;
  return stringOf(content['model'])?.toLowerCase().includes('embed') ?? false;
}
