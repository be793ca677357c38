// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from 'vitest';
import { aiSdk } from '../../src/codecs/ai-sdk.ts';
import type { AnnotatedRequest } from '../../src/codecs/annotated.ts';

const call = {
  type: 'tool-call',
  toolCallId: 'c1',
  toolName: 'add',
  input: { a: 1 },
  providerOptions: { x: { y: 1 } },
};
const thought = { type: 'reasoning', text: 'hm', providerOptions: { anthropic: { signature: 's' } } };
const result = { type: 'tool-result', toolCallId: 'c1', toolName: 'add', output: { type: 'error-text', value: 'no' } };
const file = { type: 'file', mediaType: 'image/png', data: 'aGk=' };
const request = Object.freeze({
  prompt: [
    { role: 'system', content: 'be kind' },
    { role: 'user', content: [{ type: 'text', text: 'look' }, file] },
    { role: 'assistant', content: [thought, { type: 'text', text: 'well' }, call] },
    { role: 'tool', content: [result] },
  ],
  tools: [{ type: 'function', name: 'add', description: 'adds', inputSchema: { type: 'object' }, strict: true }],
  toolChoice: { type: 'auto' },
  maxOutputTokens: 5,
  topP: 0.5,
  stopSequences: ['.'],
  providerOptions: { openai: { user: 'u' } },
});
const decoded = (): AnnotatedRequest => aiSdk.decodeRequest(request) as AnnotatedRequest;

describe('a request of the AI SDK', () => {
  it('is decoded into messages, tools and parameters', () => {
    expect(decoded()).toEqual({
      messages: [
        { role: 'system', content: 'be kind' },
        { role: 'user', content: [{ type: 'text', text: 'look' }, file] },
        {
          role: 'assistant',
          content: 'well',
          reasoning: 'hm',
          tool_calls: [{ id: 'c1', name: 'add', arguments: { a: 1 } }],
        },
        { role: 'tool', content: 'no', name: 'add', tool_call_id: 'c1' },
      ],
      tools: [{ type: 'function', name: 'add', description: 'adds', parameters: { type: 'object' } }],
      tool_choice: { type: 'auto' },
      params: { max_tokens: 5, top_p: 0.5, stop: ['.'] },
      extra: { providerOptions: { openai: { user: 'u' } } },
    });
  });

  it('is itself when nothing was edited', () => {
    expect(aiSdk.encodeRequest(decoded(), request)).toBe(request);
  });

  it('keeps what the shape does not know, also of the message and the tool that were edited', () => {
    const { messages, tools = [], ...rest } = decoded();
    const edited = {
      ...rest,
      params: { ...rest.params, max_tokens: 9 },
      messages: messages.map((each) =>
        each.role === 'assistant'
          ? { ...each, content: 'fine' }
          : each.role === 'tool'
            ? { ...each, content: 'yes' }
            : each,
      ),
      tools: tools.map((tool) => ({ ...tool, description: 'sums' })),
    };
    const [system, user, assistant, tool] = request.prompt;
    expect(aiSdk.encodeRequest(edited, request)).toEqual({
      ...request,
      maxOutputTokens: 9,
      prompt: [
        system,
        user,
        { ...assistant, content: [thought, { type: 'text', text: 'fine' }, call] },
        { ...tool, content: [{ ...result, output: { type: 'error-text', value: 'yes' } }] },
      ],
      tools: [{ ...request.tools[0], description: 'sums' }],
    });
  });

  it('gets messages that were added in its own form', () => {
    const { messages, ...rest } = decoded();
    const added = [
      { role: 'user', content: 'more' },
      { role: 'assistant', tool_calls: [{ id: 'c2', name: 'add', arguments: {} }] },
      { role: 'tool', name: 'add', tool_call_id: 'c2', content: { sum: 2 } },
    ];
    const { prompt } = aiSdk.encodeRequest({ ...rest, messages: [...messages, ...added] }, request) as typeof request;
    expect(prompt.slice(0, 4)).toEqual(request.prompt);
    expect(prompt.slice(4)).toEqual([
      { role: 'user', content: [{ type: 'text', text: 'more' }] },
      { role: 'assistant', content: [{ type: 'tool-call', toolCallId: 'c2', toolName: 'add', input: {} }] },
      {
        role: 'tool',
        content: [
          { type: 'tool-result', toolCallId: 'c2', toolName: 'add', output: { type: 'json', value: { sum: 2 } } },
        ],
      },
    ]);
  });

  it('leaves several results in one message as they are', () => {
    const both = { prompt: [{ role: 'tool', content: [result, { ...result, toolCallId: 'c2' }] }] };
    const { messages, params } = aiSdk.decodeRequest(both) as AnnotatedRequest;
    expect(messages).toEqual([{ role: 'tool', content: both.prompt[0]?.content }]);
    const hello = { role: 'user', content: 'hello' };
    expect(aiSdk.encodeRequest({ params, messages: [...messages, hello] }, both)).toEqual({
      prompt: [...both.prompt, { role: 'user', content: [{ type: 'text', text: 'hello' }] }],
    });
  });

  it('is not taken for one when it has no prompt, or cannot be read', () => {
    const hostile = new Proxy(
      {},
      {
        get: () => {
          throw new Error('no');
        },
      },
    );
    for (const value of [undefined, null, 'x', {}, { prompt: 'x' }, hostile])
      expect(aiSdk.decodeRequest(value)).toBeUndefined();
  });
});

describe('a response of the AI SDK', () => {
  const content = [
    { type: 'reasoning', text: 'hm' },
    { type: 'text', text: 'hi' },
    { ...call, input: '{"a":1}' },
  ];
  const common = { message: 'hi', reasoning: 'hm', tool_calls: [{ id: 'c1', name: 'add', arguments: { a: 1 } }] };

  it('is decoded with the counts of version 2, and of those after it', () => {
    const usage = { inputTokens: 3, outputTokens: 2, totalTokens: 5, cachedInputTokens: 1, reasoningTokens: 1 };
    const counts = { input_tokens: 3, output_tokens: 2, total_tokens: 5, cache_read_tokens: 1, reasoning_tokens: 1 };
    expect(
      aiSdk.decodeResponse({ content, finishReason: 'tool-calls', usage, response: { id: 'r', modelId: 'm' } }),
    ).toEqual({
      ...common,
      id: 'r',
      model: 'm',
      finish_reason: 'tool_use',
      finish_reasons: ['tool-calls'],
      usage: counts,
    });
    const later = { inputTokens: { total: 3, cacheRead: 1 }, outputTokens: { total: 2, reasoning: 1 } };
    expect(aiSdk.decodeResponse({ content, finishReason: { unified: 'stop', raw: 'end_turn' }, usage: later })).toEqual(
      { ...common, finish_reason: 'complete', finish_reasons: ['end_turn'], usage: counts },
    );
  });

  it('is what the parts of a stream add up to', () => {
    const accumulator = aiSdk.accumulator();
    expect(accumulator.response()).toBeUndefined();
    const usage = { inputTokens: 1, outputTokens: 1, totalTokens: 2 };
    for (const part of [
      { type: 'stream-start', warnings: [] },
      { type: 'response-metadata', id: 'r', modelId: 'm' },
      { type: 'reasoning-delta', id: '0', delta: 'hm' },
      { type: 'text-start', id: '0' },
      { type: 'text-delta', id: '0', delta: 'h' },
      { type: 'text-delta', id: '0', delta: 'i' },
      { type: 'tool-call', toolCallId: 'c1', toolName: 'add', input: '{"a":1}' },
      'no part',
      { type: 'finish', finishReason: 'stop', usage },
    ])
      accumulator.push(part);
    expect(aiSdk.decodeResponse(accumulator.response())).toEqual({
      ...common,
      id: 'r',
      model: 'm',
      finish_reason: 'complete',
      finish_reasons: ['stop'],
      usage: { input_tokens: 1, output_tokens: 1, total_tokens: 2 },
    });
  });
});
