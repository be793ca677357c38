// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from 'vitest';
import type { AnnotatedRequest, Codec } from '../../src/codecs/annotated.ts';
import {
  anthropicMessages,
  bedrockConverse,
  geminiGenerateContent,
  openaiChat,
  openaiEmbeddings,
  openaiResponses,
} from '../../src/codecs/index.ts';

const chatCodecs = [openaiChat, openaiResponses, anthropicMessages, geminiGenerateContent, bedrockConverse];
const find = { id: 'c1', name: 'find', arguments: { q: 1 } };
const request: AnnotatedRequest = {
  model: 'm',
  instructions: 'be kind',
  messages: [
    { role: 'user', content: 'hi' },
    { role: 'assistant', tool_calls: [find] },
    { role: 'tool', tool_call_id: 'c1', content: 'found' },
  ],
  tools: [{ type: 'function', name: 'find', description: 'finds', parameters: { type: 'object' } }],
  tool_choice: 'auto',
  params: { temperature: 0.5, max_tokens: 9 },
};

describe.each(chatCodecs)('$id writes an annotated request whole', (codec) => {
  it.each([
    ['nothing', undefined],
    ['null', null],
    ['a text', 'hi'],
    ['a list', []],
    ['an empty object', {}],
  ])('where the original is %s', (_, original) => {
    const again = codec.decodeRequest(codec.encodeRequest(request, original));
    expect(again).toMatchObject({ model: 'm', tools: request.tools, tool_choice: 'auto', params: request.params });
    expect(again?.messages.slice(-3)).toMatchObject([
      { role: 'user', content: 'hi' },
      { role: 'assistant', tool_calls: [find] },
      { role: 'tool', tool_call_id: 'c1' },
    ]);
    expect(again?.instructions ?? again?.messages[0]?.content).toBe('be kind');
  });
});

it('texts to embed are written whole where there is no original, a message without content as an empty one', () => {
  const { messages } = request;
  expect(openaiEmbeddings.encodeRequest({ model: 'm', messages, params: {} }, undefined)).toEqual({
    model: 'm',
    input: ['hi', '', 'found'],
  });
});

describe('a call or tool of which parts are missing is read as far as it goes', () => {
  const call = { id: '', name: '' };
  const calls = (codec: Codec, content: unknown): unknown =>
    codec.decodeRequest(content)?.messages.flatMap(({ tool_calls: all = [] }) => all);

  it('by OpenAI Chat', () => {
    const content = { messages: [{ role: 'assistant', tool_calls: [{}, { custom: {} }, { function: {} }, 'none'] }] };
    expect(calls(openaiChat, content)).toEqual(Array.from({ length: 4 }, () => ({ ...call, arguments: '' })));
    expect(openaiChat.decodeRequest({ messages: [], tools: [{}, 5] })?.tools).toEqual([
      { type: 'function', name: 'function' },
      { type: 'function', name: 'function' },
    ]);
  });

  it('by OpenAI Responses', () => {
    const input = [
      { type: 'function_call' },
      { type: 'custom_tool_call' },
      { type: 'function_call_output', call_id: 'c' },
      { role: 'user' },
      { no: 'type' },
      5,
    ];
    expect(openaiResponses.decodeRequest({ input })?.messages).toEqual([
      { role: 'assistant', tool_calls: [{ ...call, arguments: '' }] },
      { role: 'assistant', tool_calls: [{ ...call, arguments: '' }] },
      { role: 'tool', tool_call_id: 'c' },
      { role: 'user' },
      { role: 'unknown', content: { no: 'type' } },
      { role: 'unknown', content: 5 },
    ]);
  });

  it('by Anthropic Messages', () => {
    const content = {
      messages: [{ role: 'assistant', content: [{ type: 'tool_use' }] }, {}, 5],
      tools: [{}, { type: 'own' }, 5],
      tool_choice: { type: 'tool' },
    };
    expect(calls(anthropicMessages, content)).toEqual([{ ...call, arguments: {} }]);
    expect(anthropicMessages.decodeRequest(content)).toMatchObject({
      messages: [{ role: 'assistant' }, { role: 'unknown' }, { role: 'unknown', content: 5 }],
      tools: [
        { type: 'function', name: 'custom' },
        { type: 'own', name: 'own' },
        { type: 'function', name: 'custom' },
      ],
      tool_choice: { type: 'function', function: { name: '' } },
    });
  });

  it('by Bedrock Converse', () => {
    const blocks = [{ toolUse: {} }, { toolResult: {} }, { toolResult: { content: 'text' } }];
    const content = {
      messages: [{ content: blocks }, 5],
      toolConfig: { tools: [{ toolSpec: {} }, {}, 5, { systemTool: {} }], toolChoice: { tool: {} } },
    };
    expect(bedrockConverse.decodeRequest(content)).toMatchObject({
      messages: [
        { role: 'user', tool_calls: [{ ...call, arguments: {} }] },
        { role: 'tool' },
        { role: 'tool', content: 'text' },
        { role: 'unknown', content: 5 },
      ],
      tools: [
        { type: 'function', name: '' },
        { type: 'unknown', name: 'unknown' },
        { type: 'unknown', name: 'unknown' },
        { type: 'systemTool', name: 'systemTool' },
      ],
      tool_choice: { tool: {} },
    });
  });

  it('by Gemini', () => {
    const content = {
      contents: [{ parts: [{ functionCall: {} }, { functionResponse: {} }] }],
      tools: [{ functionDeclarations: [{}] }, 5],
      toolConfig: { functionCallingConfig: { allowedFunctionNames: [1] } },
    };
    expect(geminiGenerateContent.decodeRequest(content)).toMatchObject({
      messages: [{ role: 'user', tool_calls: [{ ...call, arguments: {} }] }, { role: 'tool' }],
      tools: [
        { type: 'function', name: '' },
        { type: 'unknown', name: 'unknown' },
      ],
      tool_choice: { allowedFunctionNames: [1] },
    });
  });
});

describe('a response of which parts are missing', () => {
  it('is read from the choice with the lowest index, one without an index being the first', () => {
    const choice = (content: string, rest: object): object => ({ ...rest, message: { role: 'assistant', content } });
    const read = (...choices: object[]): string | undefined => openaiChat.decodeResponse({ choices })?.message;
    expect(read(choice('b', { index: 1 }), choice('a', { index: 0 }))).toBe('a');
    expect(read(choice('b', { index: 1 }), choice('a', {}))).toBe('a');
    expect(read(choice('a', {}), choice('b', { index: 'x' }))).toBe('a');
    expect(openaiChat.decodeResponse({ choices: [] })).toEqual({});
  });

  it('has an unknown reason to stop as the provider wrote it', () => {
    const message = { role: 'assistant', content: 'a' };
    expect(openaiChat.decodeResponse({ choices: [{ message, finish_reason: 'own' }] })).toEqual({
      message: 'a',
      finish_reason: 'own',
      finish_reasons: ['own'],
    });
  });
});
