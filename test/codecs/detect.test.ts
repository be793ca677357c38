// SPDX-License-Identifier: Apache-2.0
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { codecs } from '../../src/api/codecs.ts';
import { codecById, detectRequest, detectResponse } from '../../src/codecs/index.ts';
import { hostileValues } from './hostile-values.ts';

const hi = { role: 'user', content: 'Hi' };
const asking = (block: object) => ({ model: 'm', messages: [{ role: 'user', content: [block] }] });

describe('a request with messages', () => {
  it.each([
    ['nothing else', { model: 'm', messages: [] }, 'openai_chat'],
    ['one text', { messages: [hi] }, 'openai_chat'],
    ['a limit', { model: 'gpt-5', messages: [hi], max_tokens: 9 }, 'openai_chat'],
    ['parameters that all have', { model: 'm', messages: [hi], temperature: 1, top_p: 1, stream: true }, 'openai_chat'],
    ['a part of Chat', asking({ type: 'image_url', image_url: { url: 'u' } }), 'openai_chat'],
    ['a text part', asking({ type: 'text', text: 'Hi' }), 'openai_chat'],
    ['a cached text part', asking({ type: 'text', text: 'Hi', cache_control: { type: 'ephemeral' } }), 'openai_chat'],
    ['a system message', { messages: [{ role: 'system', content: 'Be brief.' }, hi] }, 'openai_chat'],
    ['a tool of Chat', { messages: [], tools: [{ type: 'function', function: { name: 'f' } }] }, 'openai_chat'],
    [
      'thinking switched on, as some who speak Chat do',
      { messages: [hi], thinking: { type: 'enabled' } },
      'openai_chat',
    ],
    ['Claude over Chat', { model: 'claude-x', messages: [hi], max_tokens: 9, n: 1 }, 'openai_chat'],
    ['Claude without the limit', { model: 'claude-x', messages: [hi] }, 'openai_chat'],
    ['Claude by a router', { model: 'anthropic/claude-x', messages: [hi], max_tokens: 9 }, 'openai_chat'],
    ['Claude and the limit', { model: 'claude-x', messages: [hi], max_tokens: 9 }, 'anthropic_messages'],
    ['a system text', { messages: [], system: 'Be brief.', max_tokens: 1 }, 'anthropic_messages'],
    ['system blocks', { messages: [], system: [{ type: 'text', text: 'Be brief.' }] }, 'anthropic_messages'],
    ['a version', { messages: [hi], anthropic_version: 'bedrock-2023-05-31' }, 'anthropic_messages'],
    ['stop sequences', { messages: [hi], stop_sequences: ['x'] }, 'anthropic_messages'],
    ['a budget of thinking', { messages: [hi], thinking: { type: 'enabled', budget_tokens: 1 } }, 'anthropic_messages'],
    ['adaptive thinking', { messages: [hi], thinking: { type: 'adaptive' } }, 'anthropic_messages'],
    ['a tool choice', { messages: [hi], tool_choice: { type: 'any' } }, 'anthropic_messages'],
    ['a tool', { messages: [], tools: [{ name: 't', input_schema: {} }] }, 'anthropic_messages'],
    ['a tool use', asking({ type: 'tool_use', id: 'i', name: 'n', input: {} }), 'anthropic_messages'],
    ['a tool result', asking({ type: 'tool_result', tool_use_id: 'i' }), 'anthropic_messages'],
    ['an image with a source', asking({ type: 'image', source: { type: 'url', url: 'u' } }), 'anthropic_messages'],
    ['a model id', { modelId: 'm', messages: [] }, 'bedrock_converse'],
    ['an inference configuration', { messages: [], inferenceConfig: { maxTokens: 1 } }, 'bedrock_converse'],
    ['a tool configuration', { messages: [], toolConfig: { tools: [] } }, 'bedrock_converse'],
    ['a block without a type', asking({ text: 'Hi' }), 'bedrock_converse'],
    ['a tool use without a type', asking({ toolUse: { toolUseId: 'i' } }), 'bedrock_converse'],
    ['a system block without a type', { messages: [], system: [{ text: 'Be brief.' }] }, 'bedrock_converse'],
    ['marks of Chat and of Anthropic', { messages: [{ role: 'tool' }], system: 'Be brief.' }, undefined],
    ['marks of Bedrock and of Anthropic', { messages: [], modelId: 'm', stop_sequences: ['x'] }, undefined],
    ['marks of Bedrock and of Chat', { messages: [], modelId: 'm', stream_options: {} }, undefined],
    ['contents as well', { messages: [], contents: [] }, undefined],
    ['input as well', { messages: [], input: 'Hi' }, undefined],
    ['no list', { messages: 'Hi' }, undefined],
  ])('and %s is %j of %s', (_, content, id) => {
    expect(detectRequest(content)?.id).toBe(id);
  });
});

it.each([
  [{ model: 'm', input: 'Hi' }, 'openai_responses'],
  [{ model: 'm', input: [hi] }, 'openai_responses'],
  [{ model: 'm', input: [] }, 'openai_responses'],
  [{ model: 'm', input: 'Hi', instructions: 'Be brief.' }, 'openai_responses'],
  [{ model: 'm', instructions: 'Be brief.' }, 'openai_responses'],
  [{ prompt: { id: 'p' } }, 'openai_responses'],
  [{ previous_response_id: 'r' }, 'openai_responses'],
  [{ model: 'text-embedding-3-small', input: 'Hi' }, 'openai_embeddings'],
  [{ model: 'm', input: ['a', 'b'] }, 'openai_embeddings'],
  [{ model: 'm', input: [1, 2] }, 'openai_embeddings'],
  [{ model: 'm', input: [[1, 2], [3]] }, 'openai_embeddings'],
  [{ model: 'm', input: 'Hi', encoding_format: 'base64' }, 'openai_embeddings'],
  [{ model: 'm', input: 'Hi', dimensions: 3 }, 'openai_embeddings'],
  [{ model: 'omni-moderation-latest', input: 'Hi' }, undefined],
  [{ model: 'tts-1', input: 'Hi', voice: 'alloy' }, undefined],
  [{ contents: [] }, 'gemini_generate_content'],
  [{ contents: [{ role: 'user', parts: [{ text: 'Hi' }] }], generationConfig: { topK: 1 } }, 'gemini_generate_content'],
  [{ model: 'gemini-x', contents: 'Hi' }, 'gemini_generate_content'],
  [{ model: 'gemini-x', contents: { text: 'Hi' }, config: { temperature: 1 } }, 'gemini_generate_content'],
  [{ model: 'gemini-embedding-001', contents: 'Hi' }, undefined],
  [{ contents: 3 }, undefined],
  [{ contents: [], input: 'Hi' }, undefined],
  // Images are asked for like that, too.
  [{ model: 'm', prompt: 'a completion' }, undefined],
  [{ model: 'm' }, undefined],
  [{}, undefined],
  [[], undefined],
  ['x', undefined],
])('the request %j is of %s', (content, id) => {
  expect(detectRequest(content)?.id).toBe(id);
});

it.each([
  [{ choices: [{ message: { content: 'x' } }] }, 'openai_chat'],
  [{ choices: [] }, 'openai_chat'],
  [{ output: [] }, 'openai_responses'],
  [{ data: [{ embedding: [] }] }, 'openai_embeddings'],
  [{ type: 'message', role: 'assistant', content: [{ type: 'text', text: 'x' }] }, 'anthropic_messages'],
  [{ candidates: [{ content: { role: 'model', parts: [{ text: 'x' }] } }] }, 'gemini_generate_content'],
  [
    { output: { message: { role: 'assistant', content: [{ text: 'x' }] } }, stopReason: 'end_turn' },
    'bedrock_converse',
  ],
  [{ choices: [{ text: 'x', index: 0 }] }, 'openai_completions'],
  [{ choices: [{ delta: { content: 'a chunk' } }] }, undefined],
  [{ role: 'assistant', content: 'a message of Chat' }, undefined],
  [{ candidates: ['Hello'] }, undefined],
  [{ output: 'x' }, undefined],
  [{ data: [] }, undefined],
  [{ choices: [{ message: { content: 'x' } }], output: [] }, undefined],
  [{ error: { message: 'no' } }, undefined],
  [{}, undefined],
  [null, undefined],
])('the response %j is of %s', (response, id) => {
  expect(detectResponse(response)?.id).toBe(id);
});

it('every codec of the public surface is known by its id', () => {
  const { detect, ...surfaces } = codecs;
  const known = Object.values(surfaces);
  expect(known.map((codec) => codecById(codec.id))).toEqual(known);
  expect(new Set(known.map((codec) => codec.id)).size).toBe(7);
  expect(codecById('mine')).toBeUndefined();
  expect(detect({ contents: 'Hi' })).toBe(codecs.geminiGenerateContent);
  expect(detect({ candidates: [{}] })).toBe(codecs.geminiGenerateContent);
});

it('nothing makes detection throw', () => {
  for (const hostile of hostileValues()) {
    for (const name of ['messages', 'contents', 'input', 'system', 'tools', 'choices', 'output', 'candidates']) {
      expect(() => [detectRequest(hostile), detectResponse(hostile)]).not.toThrow();
      expect(() => [detectRequest({ [name]: hostile }), detectResponse({ [name]: hostile })]).not.toThrow();
      expect(() => [detectRequest({ messages: [], [name]: hostile })]).not.toThrow();
      expect(() => [detectRequest({ [name]: [hostile] }), detectResponse({ [name]: [hostile] })]).not.toThrow();
    }
  }
  fc.assert(
    fc.property(fc.anything(), (anything) => {
      expect(() => [detectRequest(anything), detectResponse(anything)]).not.toThrow();
    }),
  );
});
