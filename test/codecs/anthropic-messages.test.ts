// SPDX-License-Identifier: Apache-2.0
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { AnnotatedRequest } from '../../src/codecs/annotated.ts';
import { anthropicMessages } from '../../src/codecs/anthropic-messages.ts';
import { listOf } from '../../src/codecs/read.ts';
import { requestBlocks, toolChoices, tools } from './fixtures/anthropic-blocks.ts';

function decode(content: unknown): AnnotatedRequest {
  const decoded = anthropicMessages.decodeRequest(content);
  if (!decoded) throw new Error('not a Messages request');
  return decoded;
}

const request = {
  model: 'claude-sonnet-5',
  max_tokens: 1024,
  system: [
    { type: 'text', text: 'Be brief.' },
    { type: 'text', text: 'Be kind.', cache_control: { type: 'ephemeral' } },
  ],
  messages: [
    { role: 'user', content: 'Weather in Rome?' },
    {
      role: 'assistant',
      content: [
        { type: 'thinking', thinking: 'Look', signature: 's1' },
        { type: 'thinking', thinking: 'it up.', signature: 's2' },
        { type: 'text', text: 'I will look.' },
        { type: 'tool_use', id: 't1', name: 'weather', input: { city: 'Rome' } },
        { type: 'tool_use', id: 't2', name: 'weather', input: {}, cache_control: { type: 'ephemeral' } },
      ],
    },
    {
      role: 'user',
      content: [
        { type: 'tool_result', tool_use_id: 't1', content: '21 °C' },
        { type: 'tool_result', tool_use_id: 't2', content: [{ type: 'text', text: 'No city.' }], is_error: true },
        { type: 'text', text: 'And Paris?' },
        { type: 'image', source: { type: 'file', file_id: 'f' } },
      ],
    },
  ],
  tools,
  tool_choice: { type: 'any', disable_parallel_tool_use: true },
  temperature: 0.5,
  top_p: 0.9,
  top_k: 40,
  stop_sequences: ['END'],
  stream: true,
  thinking: { type: 'enabled', budget_tokens: 100 },
  metadata: { user_id: 'u' },
};

describe('decoding a Messages request', () => {
  it('reads calls, results and thinking as the other surfaces have them, and keeps the rest', () => {
    expect(decode(request)).toEqual({
      model: 'claude-sonnet-5',
      instructions: 'Be brief.\nBe kind.',
      messages: [
        { role: 'user', content: 'Weather in Rome?' },
        {
          role: 'assistant',
          content: [{ type: 'text', text: 'I will look.' }],
          reasoning: 'Look\nit up.',
          tool_calls: [
            { id: 't1', name: 'weather', arguments: { city: 'Rome' } },
            { id: 't2', name: 'weather', arguments: {} },
          ],
        },
        { role: 'tool', tool_call_id: 't1', content: '21 °C' },
        { role: 'tool', tool_call_id: 't2', content: [{ type: 'text', text: 'No city.' }] },
        {
          role: 'user',
          content: [
            { type: 'text', text: 'And Paris?' },
            { type: 'image', source: { type: 'file', file_id: 'f' } },
          ],
        },
      ],
      tools: [
        {
          type: 'function',
          name: 'get_weather',
          description: 'Weather of a city.',
          parameters: { type: 'object' },
        },
        {
          type: 'function',
          name: 'add',
          parameters: { type: 'object', properties: { a: { type: 'number' } } },
        },
        { type: 'web_search_20250305', name: 'web_search' },
        { type: 'bash_20250124', name: 'bash' },
        { type: 'mcp_toolset', name: 'mcp_toolset' },
      ],
      tool_choice: 'required',
      params: { temperature: 0.5, top_p: 0.9, top_k: 40, max_tokens: 1024, stop: ['END'] },
      stream: true,
      extra: { thinking: { type: 'enabled', budget_tokens: 100 }, metadata: { user_id: 'u' } },
    });
  });

  it('reads a choice of tools in the words of the other surfaces', () => {
    const choices = toolChoices.map((tool_choice) => decode({ messages: [], tool_choice }).tool_choice);
    expect(choices).toEqual(['auto', 'required', 'none', { type: 'function', function: { name: 'add' } }]);
    expect(decode({ messages: [], tool_choice: { type: 'new' } }).tool_choice).toEqual({ type: 'new' });
    expect(decode({ messages: [], tool_choice: null }).tool_choice).toBeUndefined();
  });

  it('keeps every other block as the very object that it was', () => {
    const others = requestBlocks.filter(({ type }) => !['tool_use', 'tool_result', 'thinking'].includes(type));
    const [message] = decode({ messages: [{ role: 'assistant', content: others }] }).messages;
    expect(message).toEqual({ role: 'assistant', content: others });
    for (const [index, part] of listOf(message?.content).entries()) expect(part).toBe(others[index]);
  });

  it('reads what is not quite a message as far as it goes', () => {
    const messages = [
      'x',
      null,
      { role: 'user' },
      { content: [] },
      { role: 'user', content: ['text'] },
      { role: 'assistant', content: [{ type: 'thinking', thinking: '', signature: 's' }, { type: 'tool_use' }] },
      { role: 'user', content: [{ type: 'tool_result' }] },
    ];
    expect(decode({ messages, system: '', tools: [{}, 3], stop_sequences: ['a', 1] })).toEqual({
      instructions: '',
      messages: [
        { role: 'unknown', content: 'x' },
        { role: 'unknown', content: null },
        { role: 'user' },
        { role: 'unknown', content: [] },
        { role: 'user', content: ['text'] },
        { role: 'assistant', tool_calls: [{ id: '', name: '', arguments: {} }] },
        { role: 'tool' },
      ],
      tools: [
        { type: 'function', name: 'custom' },
        { type: 'function', name: 'custom' },
      ],
      params: { stop: ['a'] },
    });
  });

  it('never throws, and knows nothing of what is not its own', () => {
    const hostile = new Proxy(
      {},
      {
        get: () => {
          throw new Error('no');
        },
      },
    );
    for (const content of [undefined, null, 3, 'x', [], {}, { messages: 'x' }, hostile]) {
      expect(anthropicMessages.decodeRequest(content)).toBeUndefined();
    }
    const loose = fc.record({ messages: fc.array(fc.anything()), system: fc.anything(), tools: fc.anything() });
    fc.assert(
      fc.property(fc.oneof(fc.anything(), loose), (content) => {
        anthropicMessages.decodeRequest(content);
        anthropicMessages.decodeResponse(content);
        anthropicMessages.decodeResponse({ type: 'message', content: [content], usage: content });
      }),
    );
  });
});

describe('decoding a Messages response', () => {
  const response = {
    id: 'msg_1',
    type: 'message',
    role: 'assistant',
    model: 'claude-sonnet-5',
    content: [
      { type: 'thinking', thinking: 'Hm.', signature: 's' },
      { type: 'redacted_thinking', data: 'x' },
      { type: 'text', text: 'One.' },
      { type: 'server_tool_use', id: 'srv', name: 'web_search', input: {} },
      { type: 'text', text: 'Two.', citations: null },
      { type: 'tool_use', id: 't1', name: 'add', input: { a: 1 } },
    ],
    stop_reason: 'tool_use',
    usage: {
      input_tokens: 20,
      cache_read_input_tokens: 1000,
      cache_creation_input_tokens: 300,
      cache_creation: { ephemeral_5m_input_tokens: 100, ephemeral_1h_input_tokens: 200 },
      output_tokens: 70,
      output_tokens_details: { thinking_tokens: 12 },
    },
  };

  it('reads text, thinking, calls of the application, and tokens with those of the cache', () => {
    expect(anthropicMessages.decodeResponse(response)).toEqual({
      id: 'msg_1',
      model: 'claude-sonnet-5',
      message: 'One.\nTwo.',
      reasoning: 'Hm.',
      tool_calls: [{ id: 't1', name: 'add', arguments: { a: 1 } }],
      finish_reason: 'tool_use',
      finish_reasons: ['tool_use'],
      usage: {
        input_tokens: 1320,
        output_tokens: 70,
        total_tokens: 1390,
        cache_read_tokens: 1000,
        cache_write_tokens: 300,
        cache_write_5m_tokens: 100,
        cache_write_1h_tokens: 200,
        reasoning_tokens: 12,
      },
    });
  });

  it('takes a null count as unknown, and an unknown count never as zero', () => {
    const usage = (counts: object) => anthropicMessages.decodeResponse({ ...response, usage: counts })?.usage;
    expect(usage({ input_tokens: 3, cache_read_input_tokens: null, cache_creation: null, output_tokens: 4 })).toEqual({
      input_tokens: 3,
      output_tokens: 4,
      total_tokens: 7,
    });
    expect(usage({ output_tokens: 4, cache_read_input_tokens: 5, output_tokens_details: null })).toEqual({
      output_tokens: 4,
      cache_read_tokens: 5,
    });
    const written = { ephemeral_5m_input_tokens: 1, ephemeral_1h_input_tokens: 2 };
    expect(usage({ input_tokens: 3, cache_creation: written })).toMatchObject({
      input_tokens: 6,
      cache_write_tokens: 3,
    });
  });

  it('is not taken in by responses of other surfaces, nor by an error', () => {
    const others = [
      { object: 'chat.completion', choices: [] },
      { object: 'response', output: [] },
      { candidates: [] },
      { output: { message: { role: 'assistant', content: [] } } },
      { type: 'error', error: { type: 'overloaded_error' } },
      { role: 'assistant', content: [] },
      null,
    ];
    for (const other of others) expect(anthropicMessages.decodeResponse(other)).toBeUndefined();
    expect(anthropicMessages.decodeResponse({ type: 'message', content: [] })).toEqual({});
  });
});
