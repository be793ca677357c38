// SPDX-License-Identifier: Apache-2.0
import { expect, it } from 'vitest';
import {
  anthropicMessages,
  bedrockConverse,
  geminiGenerateContent,
  openaiChat,
  openaiEmbeddings,
  openaiResponses,
} from '../../src/codecs/index.ts';
import { decodeUsage } from '../../src/codecs/openai-usage.ts';
import { hostileValues } from './hostile-values.ts';

const chat = (usage: unknown) => openaiChat.decodeResponse({ choices: [], usage })?.usage;

it('counts the same inference alike whoever reports it: input with what the cache gave and took, output with reasoning', () => {
  const told = {
    input_tokens: 100,
    output_tokens: 30,
    total_tokens: 130,
    cache_read_tokens: 40,
    cache_write_tokens: 20,
  };
  const answers = [
    chat({
      prompt_tokens: 100,
      completion_tokens: 30,
      total_tokens: 130,
      prompt_tokens_details: { cached_tokens: 40, cache_write_tokens: 20 },
    }),
    openaiResponses.decodeResponse({
      output: [],
      usage: {
        input_tokens: 100,
        output_tokens: 30,
        total_tokens: 130,
        input_tokens_details: { cached_tokens: 40, cache_write_tokens: 20 },
      },
    })?.usage,
    anthropicMessages.decodeResponse({
      type: 'message',
      role: 'assistant',
      content: [],
      usage: { input_tokens: 40, cache_read_input_tokens: 40, cache_creation_input_tokens: 20, output_tokens: 30 },
    })?.usage,
    bedrockConverse.decodeResponse({
      output: { message: { role: 'assistant', content: [] } },
      usage: {
        inputTokens: 40,
        cacheReadInputTokens: 40,
        cacheWriteInputTokens: 20,
        outputTokens: 30,
        totalTokens: 130,
      },
    })?.usage,
  ];
  for (const usage of answers) expect(usage).toEqual(told);
  const { cache_write_tokens: _, ...unwritten } = told;
  expect(
    geminiGenerateContent.decodeResponse({
      candidates: [],
      usageMetadata: {
        promptTokenCount: 100,
        cachedContentTokenCount: 40,
        candidatesTokenCount: 10,
        thoughtsTokenCount: 20,
        totalTokenCount: 130,
      },
    })?.usage,
  ).toEqual({ ...unwritten, reasoning_tokens: 20 });
});

it('reads reasoning and audio of OpenAI, and embeddings that have no output', () => {
  expect(
    chat({
      prompt_tokens: 9,
      completion_tokens: 8,
      prompt_tokens_details: { audio_tokens: 3 },
      completion_tokens_details: { reasoning_tokens: 2, audio_tokens: 1 },
    }),
  ).toEqual({ input_tokens: 9, output_tokens: 8, reasoning_tokens: 2, audio_input_tokens: 3, audio_output_tokens: 1 });
  const embedded = { data: [{ embedding: [1] }], usage: { prompt_tokens: 4, total_tokens: 4 } };
  expect(openaiEmbeddings.decodeResponse(embedded)?.usage).toEqual({ input_tokens: 4, total_tokens: 4 });
});

it('takes the cost that a gateway reports, in US dollars', () => {
  expect(chat({ prompt_tokens: 1, cost: 0.0125 })).toEqual({
    input_tokens: 1,
    cost: { total: 0.0125, currency: 'USD', source: 'provider_reported' },
  });
  expect(chat({ prompt_tokens: 1, cost: 0 })?.cost?.total).toBe(0);
  expect(chat({ prompt_tokens: 1, cost: '0.0125' })).toEqual({ input_tokens: 1 });
});

it('takes the cache hits that DeepSeek counts beside the prompt, where the details say nothing', () => {
  expect(chat({ prompt_tokens: 9, prompt_cache_hit_tokens: 4 })?.cache_read_tokens).toBe(4);
  const both = { prompt_cache_hit_tokens: 4, prompt_tokens_details: { cached_tokens: 5 } };
  expect(chat(both)?.cache_read_tokens).toBe(5);
});

it('adds the reasoning that xAI counts beside the output, as the total tells', () => {
  const details = { completion_tokens_details: { reasoning_tokens: 94 } };
  const counted = { prompt_tokens: 32, completion_tokens: 9, ...details };
  expect(chat({ ...counted, total_tokens: 135 })).toMatchObject({ output_tokens: 103, reasoning_tokens: 94 });
  expect(chat({ ...counted, completion_tokens: 103, total_tokens: 135 })?.output_tokens).toBe(103);
  expect(chat(counted)?.output_tokens).toBe(9);
});

it('knows nothing of what is not a number, rather than zero', () => {
  expect(decodeUsage({ prompt_tokens: '9', completion_tokens: null, total_tokens: Number.NaN })).toEqual({});
  expect(decodeUsage(undefined)).toBeUndefined();
  expect(decodeUsage([])).toBeUndefined();
  for (const hostile of hostileValues()) {
    expect(() => chat({ prompt_tokens: hostile, cost: hostile, prompt_tokens_details: hostile })).not.toThrow();
  }
});
