// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from 'vitest';
import { summarizeChunk } from '../../src/codecs/chunk-summary.ts';
import { hostileValues } from './hostile-values.ts';
import { surfaces } from './surfaces.ts';

const PROVIDERS: Readonly<Record<string, string>> = {
  openai_chat: 'openai_chat_completions',
  openai_responses: 'openai_responses',
  openai_completions: 'openai_completions',
  openai_embeddings: 'unknown',
  anthropic_messages: 'anthropic_messages',
  gemini_embeddings: 'unknown',
  gemini_generate_content: 'gemini_generate_content',
  bedrock_converse: 'bedrock_converse',
};

it.each([
  [
    { object: 'chat.completion.chunk', choices: [{ index: 1, delta: { content: 'secret' }, finish_reason: null }] },
    { provider: 'openai_chat_completions', choice_indices: [1] },
  ],
  [
    {
      choices: [
        { index: 0, delta: {}, finish_reason: 'stop' },
        { index: 1, delta: { content: 'secret' } },
      ],
    },
    {
      provider: 'openai_chat_completions',
      choice_indices: [0, 1],
      finish_reasons: [{ choice_index: 0, finish_reason: 'stop' }],
    },
  ],
  [
    { object: 'chat.completion.chunk', choices: [], usage: { prompt_tokens: 2, completion_tokens: 1, cost: 0.5 } },
    {
      provider: 'openai_chat_completions',
      choice_indices: [],
      usage: { input_tokens: 2, output_tokens: 1, cost: { total: 0.5, currency: 'USD', source: 'provider_reported' } },
    },
  ],
  [
    { type: 'response.output_text.delta', output_index: 1, content_index: 2, delta: 'secret' },
    {
      provider: 'openai_responses',
      event_type: 'response.output_text.delta',
      indices: { output_index: 1, content_index: 2 },
    },
  ],
  [
    { type: 'response.completed', response: { status: 'completed', output: ['secret'], usage: { input_tokens: 3 } } },
    {
      provider: 'openai_responses',
      event_type: 'response.completed',
      status: 'completed',
      usage: { input_tokens: 3 },
    },
  ],
  [
    { type: 'error', code: 'server_error', message: 'secret' },
    { provider: 'openai_responses', event_type: 'error' },
  ],
  [
    { type: 'error', error: { type: 'overloaded_error', message: 'secret' } },
    { provider: 'anthropic_messages', event_type: 'error' },
  ],
  [
    {
      type: 'message_start',
      message: { content: ['secret'], usage: { input_tokens: 5, cache_read_input_tokens: 4, output_tokens: 1 } },
    },
    {
      provider: 'anthropic_messages',
      event_type: 'message_start',
      usage: { input_tokens: 9, output_tokens: 1, total_tokens: 10, cache_read_tokens: 4 },
    },
  ],
  [
    { type: 'content_block_delta', index: 3, delta: { type: 'text_delta', text: 'secret' } },
    { provider: 'anthropic_messages', event_type: 'content_block_delta', indices: { index: 3 } },
  ],
  [
    { type: 'message_delta', delta: { stop_reason: 'end_turn' }, usage: { output_tokens: 7 } },
    {
      provider: 'anthropic_messages',
      event_type: 'message_delta',
      stop_reason: 'end_turn',
      usage: { output_tokens: 7 },
    },
  ],
  [{ type: 'ping' }, { provider: 'anthropic_messages', event_type: 'ping' }],
  [
    {
      candidates: [{ index: 0, content: { parts: [{ text: 'secret' }] }, finishReason: 'STOP' }],
      usageMetadata: { promptTokenCount: 4 },
    },
    {
      provider: 'gemini_generate_content',
      choice_indices: [0],
      finish_reasons: [{ choice_index: 0, finish_reason: 'STOP' }],
      usage: { input_tokens: 4 },
    },
  ],
  [{ promptFeedback: { blockReason: 'SAFETY' } }, { provider: 'gemini_generate_content', choice_indices: [] }],
  [
    { contentBlockDelta: { contentBlockIndex: 2, delta: { text: 'secret' } } },
    { provider: 'bedrock_converse', event_type: 'contentBlockDelta', indices: { index: 2 } },
  ],
  [
    { messageStop: { stopReason: 'max_tokens' } },
    { provider: 'bedrock_converse', event_type: 'messageStop', stop_reason: 'max_tokens' },
  ],
  [
    { metadata: { usage: { inputTokens: 2, outputTokens: 1, totalTokens: 3 } } },
    {
      provider: 'bedrock_converse',
      event_type: 'metadata',
      usage: { input_tokens: 2, output_tokens: 1, total_tokens: 3 },
    },
  ],
  [{ type: 'mine', text: 'secret' }, { provider: 'unknown' }],
  [
    { choices: [{ text: 'secret', index: 0, finish_reason: 'stop' }] },
    {
      provider: 'openai_completions',
      choice_indices: [0],
      finish_reasons: [{ choice_index: 0, finish_reason: 'stop' }],
    },
  ],
  [{ choices: [{}] }, { provider: 'unknown' }],
  ['secret', { provider: 'unknown' }],
])('of %j it tells %j', (chunk, told) => {
  expect(summarizeChunk(chunk)).toEqual(told);
});

describe.each(surfaces.map((surface) => [surface.codec.id, surface] as const))('chunks of %s', (id, surface) => {
  it('are all of the provider, and every text that streams stays out', () => {
    for (const chunk of surface.chunks) {
      expect(summarizeChunk(chunk)).toMatchObject({ provider: PROVIDERS[id] });
    }
    for (const chunk of surface.stream?.(['a text that is not to be told']) ?? []) {
      expect(JSON.stringify(summarizeChunk(chunk))).not.toContain('not to be told');
    }
  });
});

it('never throws', () => {
  for (const hostile of hostileValues()) {
    for (const name of ['type', 'choices', 'candidates', 'response', 'usage', 'metadata', 'delta']) {
      expect(() => summarizeChunk({ [name]: hostile })).not.toThrow();
      expect(() => summarizeChunk({ type: 'response.completed', [name]: hostile })).not.toThrow();
      expect(() => summarizeChunk({ type: 'message_delta', [name]: hostile })).not.toThrow();
    }
    expect(() => summarizeChunk(hostile)).not.toThrow();
  }
});
