// SPDX-License-Identifier: Apache-2.0
import fc from 'fast-check';
import type { Codec } from '../../src/codecs/annotated.ts';
import {
  anthropicMessages,
  bedrockConverse,
  geminiEmbeddings,
  geminiGenerateContent,
  openaiChat,
  openaiCompletions,
  openaiEmbeddings,
  openaiResponses,
} from '../../src/codecs/index.ts';
import { chatRequest, responsesRequest } from './arbitrary-requests.ts';
import { messagesRequest } from './fixtures/anthropic-requests.ts';
import { stream as anthropicStream } from './fixtures/anthropic-stream.ts';
import { converseRequest } from './fixtures/bedrock-requests.ts';
import { stream as bedrockStream } from './fixtures/bedrock-blocks.ts';
import { sdkRequest, wireRequest } from './fixtures/gemini-requests.ts';
import { parts as geminiParts } from './fixtures/gemini-parts.ts';
import { chunks as chatChunks, messages as chatMessages, tools as chatTools } from './fixtures/openai-chat.ts';
import { begun, endings, passing, unfinished } from './fixtures/openai-responses-events.ts';
import { inputItems, tools as responsesTools } from './fixtures/openai-responses-items.ts';

/** One provider surface as the conformance tests need it. */
export interface Surface {
  readonly codec: Codec;
  /** Whether one turn of the provider may be several messages. */
  readonly joinsTurns?: true;
  readonly requests: fc.Arbitrary<Readonly<Record<string, unknown>>>;
  /** The fields that an edit of each part of the annotation may write. */
  readonly fields: {
    readonly messages: string;
    readonly model: string;
    readonly temperature?: readonly string[];
    readonly instructions?: readonly string[];
    readonly tools?: readonly string[];
  };
  /** A stream of this text in these pieces. */
  readonly stream?: (pieces: readonly string[]) => readonly unknown[];
  /** Chunks of every kind. */
  readonly chunks: readonly unknown[];
}

const text = fc.string({ maxLength: 6 });
const embeddingsRequest = fc.record(
  { model: text, input: fc.oneof(text, fc.array(text, { minLength: 1 })), dimensions: fc.nat(), x: fc.jsonValue() },
  { requiredKeys: ['model', 'input'] },
);

const completionsRequest = fc.record(
  {
    model: text,
    // Not one text alone: that stays one, so that no message can be appended to it.
    prompt: fc.oneof(fc.array(text, { minLength: 1 }), fc.array(fc.nat(), { minLength: 1 })),
    temperature: fc.integer({ min: 0, max: 2 }),
    stop: fc.oneof(text, fc.array(text, { minLength: 1, maxLength: 3 })),
    echo: fc.boolean(),
    x: fc.jsonValue(),
  },
  { requiredKeys: ['model', 'prompt'] },
);

const geminiContent = fc.record({ parts: fc.array(fc.record({ text }), { minLength: 1, maxLength: 2 }) });
const geminiEmbeddingsRequest = fc.record(
  {
    requests: fc.array(fc.record({ content: geminiContent, taskType: text }), { minLength: 1 }),
    model: text,
    x: fc.jsonValue(),
  },
  { requiredKeys: ['requests', 'model'] },
);

function some<T>(samples: readonly T[]): fc.Arbitrary<readonly T[]> {
  return fc.array(fc.constantFrom(...samples), { minLength: 1, maxLength: 6 });
}

const geminiChunk = (part: object, rest: object = {}) => ({
  candidates: [{ index: 0, content: { role: 'model', parts: [part] }, ...rest }],
});

/** All of ours. */
export const surfaces: readonly Surface[] = [
  {
    codec: openaiChat,
    requests: fc.oneof(chatRequest, fc.record({ model: text, messages: some(chatMessages), tools: some(chatTools) })),
    fields: {
      messages: 'messages',
      model: 'model',
      temperature: ['temperature'],
      instructions: ['messages'],
      tools: ['tools'],
    },
    stream: (pieces) => pieces.map((content) => ({ choices: [{ index: 0, delta: { content } }] })),
    chunks: chatChunks,
  },
  {
    codec: openaiResponses,
    requests: fc.oneof(
      responsesRequest,
      fc.record({ model: text, input: text }),
      fc.record({ model: text, input: some(inputItems), tools: some(responsesTools) }),
    ),
    fields: {
      messages: 'input',
      model: 'model',
      temperature: ['temperature'],
      instructions: ['instructions'],
      tools: ['tools'],
    },
    stream: (pieces) =>
      pieces.map((delta) => ({ type: 'response.output_text.delta', output_index: 0, content_index: 0, delta })),
    chunks: [...begun, ...endings, ...passing, ...unfinished.flatMap(({ events }) => events)],
  },
  {
    codec: openaiCompletions,
    requests: completionsRequest,
    fields: { messages: 'prompt', model: 'model', temperature: ['temperature'] },
    stream: (pieces) => pieces.map((piece) => ({ choices: [{ index: 0, text: piece }] })),
    chunks: [
      { id: 'c', object: 'text_completion', model: 'm', choices: [{ index: 0, text: 'a', logprobs: null }] },
      { choices: [{ index: 0, text: 'b', logprobs: { tokens: ['b'], token_logprobs: [-1] }, finish_reason: 'stop' }] },
      { object: 'text_completion', choices: [], usage: { prompt_tokens: 1, completion_tokens: 2, total_tokens: 3 } },
    ],
  },
  {
    codec: openaiEmbeddings,
    requests: embeddingsRequest,
    fields: { messages: 'input', model: 'model' },
    chunks: [{ data: [{ embedding: [1] }], model: 'm' }],
  },
  {
    codec: geminiEmbeddings,
    requests: geminiEmbeddingsRequest,
    fields: { messages: 'requests', model: 'model' },
    chunks: [{ embeddings: [{ values: [1] }] }],
  },
  {
    codec: anthropicMessages,
    joinsTurns: true,
    requests: messagesRequest,
    fields: {
      messages: 'messages',
      model: 'model',
      temperature: ['temperature'],
      instructions: ['system'],
      tools: ['tools'],
    },
    stream: (pieces) => [
      anthropicStream[0],
      { type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } },
      ...pieces.map((piece) => ({ type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text: piece } })),
    ],
    chunks: anthropicStream,
  },
  {
    codec: geminiGenerateContent,
    joinsTurns: true,
    requests: fc.oneof(wireRequest, sdkRequest),
    fields: {
      messages: 'contents',
      model: 'model',
      temperature: ['generationConfig.temperature', 'config.temperature'],
      instructions: ['systemInstruction', 'config.systemInstruction'],
      tools: ['tools', 'config.tools'],
    },
    stream: (pieces) => pieces.map((piece) => geminiChunk({ text: piece })),
    chunks: [
      ...Object.values(geminiParts).map((part) => geminiChunk(part)),
      geminiChunk({ text: '.' }, { finishReason: 'STOP' }),
      { usageMetadata: { promptTokenCount: 1 }, modelVersion: 'v', responseId: 'r' },
      { promptFeedback: { blockReason: 'SAFETY' } },
    ],
  },
  {
    codec: bedrockConverse,
    joinsTurns: true,
    requests: converseRequest,
    fields: {
      messages: 'messages',
      model: 'modelId',
      temperature: ['inferenceConfig.temperature'],
      instructions: ['system'],
      tools: ['toolConfig.tools'],
    },
    stream: (pieces) => [
      { messageStart: { role: 'assistant' } },
      ...pieces.map((piece) => ({ contentBlockDelta: { contentBlockIndex: 0, delta: { text: piece } } })),
    ],
    chunks: bedrockStream,
  },
];
