// SPDX-License-Identifier: Apache-2.0
import { afterEach, expect, it } from 'vitest';

import { flow } from '../../src/api/index.ts';
import { startTracing, type Tracing } from './tracing.ts';

let tracing: Tracing;
afterEach(() => tracing.stop());

const chat = { model: 'm', n: 2, messages: [{ role: 'user', content: 'hi' }] };
const call = { id: 'c', type: 'function', function: { name: 'f', arguments: '{"a":1}' } };
const chosen = {
  id: 'r',
  model: 'm',
  choices: [
    { index: 1, message: { role: 'assistant', content: null, tool_calls: [call] }, finish_reason: 'tool_calls' },
    { index: 0, message: { role: 'assistant', content: 'first' }, finish_reason: 'stop' },
  ],
};

const record = async (content: object, response: unknown): Promise<Readonly<Record<string, unknown>>> => {
  tracing = startTracing({ dialects: ['gen_ai', 'openinference'] });
  await flow.llm.execute({ name: 'openai', request: { content } }, () => response);
  return tracing.take()[0]?.attributes ?? {};
};
const messagesIn = (attributes: Readonly<Record<string, unknown>>): unknown =>
  JSON.parse(String(attributes['gen_ai.output.messages']));

it('each answer of a chat is a message of its own, in the order of the choices', async () => {
  const attributes = await record(chat, chosen);
  expect(messagesIn(attributes)).toEqual([
    { role: 'assistant', parts: [{ type: 'text', content: 'first' }], finish_reason: 'stop' },
    {
      role: 'assistant',
      parts: [{ type: 'tool_call', id: 'c', name: 'f', arguments: { a: 1 } }],
      finish_reason: 'tool_calls',
    },
  ]);
  expect(attributes).toMatchObject({
    'gen_ai.response.finish_reasons': ['stop', 'tool_calls'],
    'output.value': 'first\n\nRequested tools: f',
    'llm.output_messages.0.message.content': 'first',
    'llm.output_messages.1.message.role': 'assistant',
    'llm.output_messages.1.message.tool_calls.0.tool_call.function.name': 'f',
  });
});

it('so is each candidate of Gemini', async () => {
  const content = { contents: [{ role: 'user', parts: [{ text: 'hi' }] }], generationConfig: { candidateCount: 2 } };
  const candidate = (text: string, index: number, finishReason: string): object => ({
    index,
    content: { role: 'model', parts: [{ text }] },
    finishReason,
  });
  const candidates = [candidate('first', 0, 'STOP'), candidate('second', 1, 'MAX_TOKENS')];
  const attributes = await record(content, { candidates, modelVersion: 'g' });
  expect(messagesIn(attributes)).toEqual([
    { role: 'assistant', parts: [{ type: 'text', content: 'first' }], finish_reason: 'STOP' },
    { role: 'assistant', parts: [{ type: 'text', content: 'second' }], finish_reason: 'MAX_TOKENS' },
  ]);
  expect(attributes).toMatchObject({ 'llm.output_messages.1.message.content': 'second' });
});

it('where an answer was cut off, none gets the reason of another', async () => {
  tracing = startTracing({ dialects: ['gen_ai'] });
  const chunk = (index: number, content: string, reason: string | null): object => ({
    id: 'r',
    object: 'chat.completion.chunk',
    choices: [{ index, delta: { content }, finish_reason: reason }],
  });
  const request = { content: { ...chat, stream: true } };
  const stream = await flow.llm.stream({ name: 'openai', request }, async function* chunks() {
    yield chunk(0, 'first', null);
    yield chunk(1, 'second', 'stop');
  });
  for await (const _ of stream);
  expect(messagesIn(tracing.take()[0]?.attributes ?? {})).toEqual([
    { role: 'assistant', parts: [{ type: 'text', content: 'first' }] },
    { role: 'assistant', parts: [{ type: 'text', content: 'second' }] },
  ]);
});
