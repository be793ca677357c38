// SPDX-License-Identifier: Apache-2.0
import type { JsonObject } from '../atof/event.ts';
import type { Codec } from './annotated.ts';
import { anthropicMessages } from './anthropic-messages.ts';
import { bedrockConverse } from './bedrock-converse.ts';
import { geminiEmbeddings } from './gemini-embeddings.ts';
import { geminiGenerateContent } from './gemini-generate-content.ts';
import { openaiChat } from './openai-chat.ts';
import { openaiCompletions } from './openai-completions.ts';
import { openaiEmbeddings } from './openai-embeddings.ts';
import { openaiResponses } from './openai-responses.ts';
import { isObject, listOf, stringOf, tolerant } from './read.ts';
import { addressesClaude, looksAnthropic, looksBedrock, looksChat } from './request-marks.ts';

const CODECS: readonly Codec[] = [
  openaiChat,
  openaiResponses,
  openaiCompletions,
  openaiEmbeddings,
  anthropicMessages,
  geminiGenerateContent,
  geminiEmbeddings,
  bedrockConverse,
];

/** The codec with this id, where it is one of ours. */
export function codecById(id: string | undefined): Codec | undefined {
  return CODECS.find((codec) => codec.id === id);
}

/** The codec of a request whose endpoint is not known, by its shape; undefined where it fits none of ours, or more than one. */
export const detectRequest: (content: unknown) => Codec | undefined = tolerant((content) => {
  if (!isObject(content)) return undefined;
  const { messages, contents, input } = content;
  if ([messages, contents, input].filter((conversation) => conversation != null).length > 1) return undefined;
  if (Array.isArray(messages)) return ofMessages(content);
  const codec = contents == null ? ofInput(content) : ofContents(content);
  return codec?.decodeRequest(content) && codec;
});

/** The codec of a response, by its shape; undefined where it fits none of ours, or more than one. */
export const detectResponse: (response: unknown) => Codec | undefined = tolerant((response) => {
  // Others have candidates too, not all of them Gemini's.
  if (!isObject(response) || listOf(response['candidates']).some((candidate) => !isObject(candidate))) return undefined;
  const fitting = CODECS.filter((codec) => codec.decodeResponse(response));
  return fitting.length === 1 ? fitting[0] : undefined;
});

/** Three surfaces call their conversation `messages`. One without any mark is Chat, the one that the others imitate. */
function ofMessages(content: JsonObject): Codec | undefined {
  const fitting = [
    ...(looksAnthropic(content) ? [anthropicMessages] : []),
    ...(looksBedrock(content) ? [bedrockConverse] : []),
    ...(looksChat(content) ? [openaiChat] : []),
  ];
  if (fitting.length === 0) return addressesClaude(content) ? anthropicMessages : openaiChat;
  return fitting.length === 1 ? fitting[0] : undefined;
}

/** Gemini's embeddings have the same field. */
function ofContents(content: JsonObject): Codec | undefined {
  return modelOf(content).includes('embed') ? undefined : geminiGenerateContent;
}

/** Embeddings, moderation and speech take an `input` too. */
function ofInput(content: JsonObject): Codec | undefined {
  if (isEmbeddings(content)) return openaiEmbeddings;
  return content['voice'] !== undefined || modelOf(content).includes('moderation') ? undefined : openaiResponses;
}

/** A text alone may also be a Responses request, so that it takes a field or a model that only embeddings have. */
function isEmbeddings(content: JsonObject): boolean {
  if (openaiEmbeddings.decodeRequest(content) === undefined) return false;
  if (['encoding_format', 'dimensions'].some((name) => content[name] !== undefined)) return true;
  const [first] = listOf(content['input']);
  if (typeof first === 'string' || typeof first === 'number' || Array.isArray(first)) return true;
  return modelOf(content).includes('embed');
}

function modelOf(content: JsonObject): string {
  return stringOf(content['model'])?.toLowerCase() ?? '';
}
