// SPDX-License-Identifier: Apache-2.0
import { afterEach, expect, it } from 'vitest';

import { type Codec, codecs, flow } from '../../src/api/index.ts';
import { startTracing, type Tracing } from './tracing.ts';

let tracing: Tracing;
afterEach(() => tracing.stop());

const request = async (content: object, options: { name?: string; codec?: Codec } = {}) => {
  tracing = startTracing({ content: false, dialects: ['gen_ai'] });
  await flow.llm.execute({ name: 'mine', request: { content }, ...options }, () => null);
  const [span] = tracing.take();
  const { 'atof.uuid': _, 'gen_ai.operation.name': __, 'gen_ai.provider.name': ___, ...own } = span?.attributes ?? {};
  return { name: span?.name, own };
};

it('a Bedrock request is told by its own names', async () => {
  const content = {
    modelId: 'anthropic.claude',
    messages: [{ role: 'user', content: [{ text: 'hi' }] }],
    inferenceConfig: { temperature: 0.2, topP: 0.6, maxTokens: 9, stopSequences: ['q'] },
    additionalModelRequestFields: { top_k: 40 },
  };
  expect(await request(content)).toEqual({
    name: 'chat anthropic.claude',
    own: {
      'gen_ai.request.model': 'anthropic.claude',
      'gen_ai.request.temperature': 0.2,
      'gen_ai.request.top_p': 0.6,
      'gen_ai.request.top_k': 40,
      'gen_ai.request.max_tokens': 9,
      'gen_ai.request.stop_sequences': ['q'],
    },
  });
});

it.each(['config', 'generationConfig'])('a Gemini request is told with what its %s says', async (key) => {
  const content = {
    contents: [{ role: 'user', parts: [{ text: 'hi' }] }],
    [key]: {
      temperature: 0.1,
      topP: 0.5,
      topK: 4,
      maxOutputTokens: 7,
      stopSequences: ['a'],
      seed: 3,
      candidateCount: 2,
      frequencyPenalty: 0.3,
      presencePenalty: 0.4,
      thinkingConfig: { thinkingLevel: 'LOW' },
    },
  };
  expect((await request(content)).own).toEqual({
    'gen_ai.request.temperature': 0.1,
    'gen_ai.request.top_p': 0.5,
    'gen_ai.request.top_k': 4,
    'gen_ai.request.max_tokens': 7,
    'gen_ai.request.stop_sequences': ['a'],
    'gen_ai.request.seed': 3,
    'gen_ai.request.choice.count': 2,
    'gen_ai.request.frequency_penalty': 0.3,
    'gen_ai.request.presence_penalty': 0.4,
    'gen_ai.request.reasoning.level': 'LOW',
  });
});

it('an Anthropic request is told with what it alone has', async () => {
  const content = {
    model: 'claude-opus-4',
    max_tokens: 10,
    top_k: 5,
    stop_sequences: ['zz'],
    messages: [{ role: 'user', content: 'hi' }],
  };
  expect(await request(content)).toEqual({
    name: 'chat claude-opus-4',
    own: {
      'gen_ai.request.model': 'claude-opus-4',
      'gen_ai.request.max_tokens': 10,
      'gen_ai.request.top_k': 5,
      'gen_ai.request.stop_sequences': ['zz'],
    },
  });
});

it('a Responses request is told with what it continues', async () => {
  const content = { model: 'm', input: 'hi', previous_response_id: 'r-1', conversation: { id: 'c-1' }, stop: [1] };
  expect((await request(content)).own).toEqual({
    'gen_ai.request.model': 'm',
    'gen_ai.request.previous_response.id': 'r-1',
    'gen_ai.conversation.id': 'c-1',
  });
});

it('a codec of the application says what its request asks for, by decoding it or more cheaply', async () => {
  const own: Codec = {
    ...codecs.openaiChat,
    id: 'own',
    describe: undefined as never,
    decodeRequest: () => ({ model: 'own-1', messages: [], params: { seed: 5 } }),
  };
  const content = { ask: 'hi' };
  const expected = {
    name: 'chat own-1',
    own: { 'gen_ai.request.model': 'own-1', 'gen_ai.request.seed': 5 },
  };
  expect(await request(content, { codec: own })).toEqual(expected);
  tracing.stop();
  const cheap = { ...own, describe: () => ({ model: 'own-2', params: {} }) };
  expect(await request(content, { codec: cheap })).toEqual({
    name: 'chat own-2',
    own: { 'gen_ai.request.model': 'own-2' },
  });
});

it('a codec that throws costs what it would have told, never the call', async () => {
  const broken: Codec = { ...codecs.openaiChat, describe: () => expect.unreachable('describe') };
  expect(await request({ seed: 5 }, { codec: broken })).toEqual({ name: 'chat', own: {} });
});
