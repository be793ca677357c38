// SPDX-License-Identifier: Apache-2.0
import { expect, it } from 'vitest';

import { codecs, flow } from '../../src/api/index.ts';
import { codecById } from '../../src/codecs/index.ts';
import { providerOf } from '../../src/projections/provider.ts';
import { startTracing } from './tracing.ts';

it.each([
  ['my-gpt', 'openai_chat', 'openai'],
  ['my-gpt', 'openai_responses', 'openai'],
  ['my-claude', 'anthropic_messages', 'anthropic'],
  ['my-gemini', 'gemini_generate_content', 'gcp.gemini'],
  ['my-bedrock', 'bedrock_converse', 'aws.bedrock'],
  ['groq', 'openai_chat', 'groq'],
  ['openrouter', 'openai_chat', 'openrouter'],
  ['azure.ai.openai', 'openai_chat', 'azure.ai.openai'],
  ['mine', undefined, 'mine'],
])('a call named %s with the codec %s is one of %s', (name, id, provider) => {
  expect(providerOf(name, codecById(id))).toBe(provider);
});

it('a codec of the application says nothing of the provider: the name of the call does', () => {
  expect(providerOf('mine', { ...codecs.openaiChat, id: 'own' })).toBe('mine');
});

it('the provider that the call names wins', async () => {
  const tracing = startTracing({ content: false, dialects: ['gen_ai', 'openinference'] });
  const messages = [{ role: 'user', content: 'hi' }];
  const options = { name: 'my-gpt', request: { content: { model: 'm', messages } } };
  await flow.llm.execute(options, () => null);
  await flow.llm.execute({ ...options, provider: 'x_ai' }, () => null);
  const spans = tracing.take();
  tracing.stop();
  expect(spans.map(({ attributes }) => [attributes['gen_ai.provider.name'], attributes['llm.provider']])).toEqual([
    ['openai', 'openai'],
    ['x_ai', 'xai'],
  ]);
});
