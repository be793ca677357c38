// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from 'vitest';
import type { AnnotatedRequest } from '../../src/codecs/annotated.ts';
import { openaiChat } from '../../src/codecs/index.ts';
import { chunks, messages, parts, tools } from './fixtures/openai-chat.ts';
import { fieldValues, publishedTypes } from './published-types.ts';

const types = publishedTypes('openai/resources/chat/completions/completions.d.ts');
const request = { model: 'm', messages, tools };

function decode(content: unknown): AnnotatedRequest {
  const decoded = openaiChat.decodeRequest(content);
  if (!decoded) throw new Error('not a Chat request');
  return decoded;
}

function kinds(samples: readonly object[], field: string): readonly string[] {
  return [...new Set(samples.map((sample) => String((sample as Record<string, unknown>)[field])))].toSorted();
}

describe('the samples of Chat', () => {
  it('have every role, content part, kind of call and kind of tool that the SDK publishes', () => {
    expect(kinds(messages, 'role')).toEqual(fieldValues(types, 'ChatCompletionMessageParam', 'role'));
    expect(kinds(parts, 'type')).toEqual(
      [...fieldValues(types, 'ChatCompletionContentPart', 'type'), 'refusal'].toSorted(),
    );
    expect(fieldValues(types, 'ChatCompletionContentPartRefusal', 'type')).toEqual(['refusal']);
    const calls = messages.flatMap((message) => ('tool_calls' in message ? (message.tool_calls ?? []) : []));
    expect(kinds(calls, 'type')).toEqual(fieldValues(types, 'ChatCompletionMessageToolCall', 'type'));
    expect(kinds(tools, 'type')).toEqual(fieldValues(types, 'ChatCompletionTool', 'type'));
  });

  it('have every field that the SDK publishes for a chunk, a choice and a delta', () => {
    const choices = chunks.flatMap((chunk) => chunk.choices);
    const named = (samples: readonly object[]) => [...new Set(samples.flatMap(Object.keys))].toSorted();
    expect(named(chunks)).toEqual(fieldNames('ChatCompletionChunk'));
    expect(named(choices)).toEqual(fieldNames('ChatCompletionChunk.Choice'));
    expect(named(choices.map((choice) => choice.delta))).toEqual(fieldNames('ChatCompletionChunk.Choice.Delta'));
  });
});

function fieldNames(name: string): readonly string[] {
  const declared = types.get(name);
  if (!declared || !('body' in declared)) throw new Error(`no interface ${name}`);
  const indent = ' '.repeat(4 * name.split('.').length);
  return [...declared.body.matchAll(new RegExp(`^${indent}(\\w+)\\??:`, 'gm'))]
    .map(([, field]) => String(field))
    .toSorted();
}

describe('a Chat request with everything in it', () => {
  it('comes back as itself when nothing was edited, whole and message by message', () => {
    expect(openaiChat.encodeRequest(structuredClone(decode(request)), request)).toBe(request);
    for (const message of messages) {
      const single = { model: 'm', messages: [message] };
      expect(openaiChat.encodeRequest(structuredClone(decode(single)), single)).toBe(single);
    }
  });

  it.each(messages.map((message, index) => [message.role, index] as const))(
    'keeps every other object when the message of the %s at %i is edited',
    (role, index) => {
      const decoded = structuredClone(decode(request));
      const edited = decoded.messages.map((message, at) =>
        at === index ? { ...message, content: 'edited' } : message,
      );
      const encoded = openaiChat.encodeRequest({ ...decoded, messages: edited }, request) as typeof request;
      expect(encoded.tools).toBe(tools);
      expect(encoded.messages).toHaveLength(messages.length);
      expect(encoded.messages[index]).toMatchObject({ role, content: 'edited' });
      expect(encoded.messages.filter((message, at) => message !== messages[at])).toEqual([encoded.messages[index]]);
    },
  );

  it('shows the parts of a message as the application wrote them', () => {
    expect(decode(request).messages.find((message) => message.role === 'user')?.content).toEqual(
      parts.filter((part) => part.type !== 'refusal'),
    );
  });
});

it('a Chat stream with everything in it becomes the response that says the same', () => {
  const accumulator = openaiChat.accumulator();
  for (const chunk of chunks) accumulator.push(chunk);
  const token = { token: 'x', bytes: null, logprob: -1, top_logprobs: [] };
  expect(accumulator.response()).toEqual({
    id: 'r',
    object: 'chat.completion',
    created: 1,
    model: 'm',
    service_tier: 'default',
    system_fingerprint: 'fp',
    moderation: chunks.at(-1)?.moderation,
    usage: { prompt_tokens: 2, completion_tokens: 1, total_tokens: 3 },
    choices: [
      {
        index: 0,
        finish_reason: 'tool_calls',
        logprobs: { content: [token], refusal: [token] },
        message: {
          role: 'assistant',
          content: 'Hello',
          refusal: 'No.',
          tool_calls: [
            { id: 'c1', type: 'function', function: { name: 'add', arguments: '{}' } },
            { id: 'c2', type: 'custom', custom: { name: 'sql', input: 'select' } },
          ],
          function_call: { name: 'old', arguments: '{}' },
          audio: { id: 'a', data: 'AABB', transcript: 'Hello', expires_at: 9 },
        },
      },
    ],
  });
});
