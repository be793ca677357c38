// SPDX-License-Identifier: Apache-2.0
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { AnnotatedRequest } from '../../src/codecs/annotated.ts';
import { openaiResponses } from '../../src/codecs/index.ts';
import { responsesRequest } from './arbitrary-requests.ts';

function decode(content: unknown): AnnotatedRequest {
  const decoded = openaiResponses.decodeRequest(content);
  if (!decoded) throw new Error('not a Responses request');
  return decoded;
}

const request = {
  model: 'gpt-5',
  instructions: 'Be brief.',
  previous_response_id: 'resp_0',
  conversation: { id: 'conv_1', x: 1 },
  reasoning: { effort: 'low', summary: 'auto' },
  max_output_tokens: 70,
  input: [
    { role: 'user', content: [{ type: 'input_text', text: 'Hi' }] },
    { type: 'reasoning', id: 'rs', summary: [{ type: 'summary_text', text: 'Thinking.' }], encrypted_content: 'e' },
    { type: 'function_call', call_id: 'c1', name: 'add', arguments: '{"a":1}', id: 'fc', status: 'completed' },
    { type: 'function_call_output', call_id: 'c1', output: '2' },
    { type: 'web_search_call', id: 'ws', status: 'completed' },
  ],
  tools: [
    { type: 'function', name: 'add', parameters: { type: 'object' }, strict: true },
    { type: 'web_search', size: 'low' },
  ],
  store: false,
};

describe('decoding a Responses request', () => {
  it('reads items as messages, and the fields that other surfaces name differently', () => {
    expect(decode(request)).toEqual({
      model: 'gpt-5',
      instructions: 'Be brief.',
      messages: [
        { role: 'user', content: [{ type: 'input_text', text: 'Hi' }] },
        { role: 'assistant', reasoning: 'Thinking.' },
        { role: 'assistant', tool_calls: [{ id: 'c1', name: 'add', arguments: { a: 1 } }] },
        { role: 'tool', tool_call_id: 'c1', content: '2' },
        { role: 'web_search_call', content: { type: 'web_search_call', id: 'ws', status: 'completed' } },
      ],
      tools: [
        { type: 'function', name: 'add', parameters: { type: 'object' } },
        { type: 'web_search', name: 'web_search' },
      ],
      params: { max_tokens: 70, reasoning_effort: 'low' },
      previous_response_id: 'resp_0',
      conversation_id: 'conv_1',
      extra: { store: false },
    });
    expect(decode({ input: 'Hi', conversation: 'conv_2' })).toEqual({
      messages: [{ role: 'user', content: 'Hi' }],
      conversation_id: 'conv_2',
      params: {},
    });
  });

  it('takes a continued response or a stored prompt without input, but nothing else without input', () => {
    expect(decode({ previous_response_id: 'r' }).messages).toEqual([]);
    expect(decode({ prompt: { id: 'p' } }).messages).toEqual([]);
    for (const content of [undefined, null, {}, { input: 3 }, { model: 'x' }, { messages: [] }, { prompt: 'legacy' }]) {
      expect(openaiResponses.decodeRequest(content)).toBeUndefined();
    }
  });

  it('never throws, whatever it is given', () => {
    fc.assert(
      fc.property(
        fc.oneof(fc.anything(), fc.record({ input: fc.array(fc.anything()), tools: fc.anything() })),
        (content) => {
          expect(() => {
            openaiResponses.decodeRequest(content);
            openaiResponses.decodeResponse(content);
            openaiResponses.decodeResponse({ output: content });
          }).not.toThrow();
        },
      ),
    );
  });
});

describe('encoding a Responses request', () => {
  it('gives the original itself when nothing was edited', () => {
    fc.assert(
      fc.property(responsesRequest, (content) => {
        expect(openaiResponses.encodeRequest(structuredClone(decode(content)), content)).toBe(content);
      }),
    );
    expect(openaiResponses.encodeRequest(structuredClone(decode(request)), request)).toBe(request);
  });

  it('keeps the other items when one message is added or removed', () => {
    fc.assert(
      fc.property(responsesRequest, fc.nat(), (content, pick) => {
        const decoded = decode(content);
        const index = pick % decoded.messages.length;
        const originals = new Set<unknown>(content.input);
        const encode = (messages: AnnotatedRequest['messages']) =>
          (openaiResponses.encodeRequest({ ...decoded, messages }, content) as typeof content).input;
        const added = encode(decoded.messages.toSpliced(index, 0, { role: 'user', content: 'never seen before' }));
        expect(encode(decoded.messages.toSpliced(index, 1)).every((item) => originals.has(item))).toBe(true);
        expect(added.filter((item) => !originals.has(item))).toEqual([{ role: 'user', content: 'never seen before' }]);
      }),
    );
  });

  it('writes edits into the item and field that they belong to', () => {
    const decoded = decode(request);
    const [user, reasoning, call, output, search] = decoded.messages as [never, never, never, never, never];
    const messages = [
      user,
      { ...(reasoning as object), role: 'assistant', reasoning: '[removed]' },
      { role: 'assistant', tool_calls: [{ id: 'c1', name: 'add', arguments: { a: 9 } }] },
      { ...(output as object), role: 'tool', content: '10' },
      search,
    ];
    const encoded = openaiResponses.encodeRequest(
      { ...decoded, messages, params: { reasoning_effort: 'high' }, conversation_id: 'conv_9' },
      request,
    );
    const { max_output_tokens: _, ...rest } = request;
    const { encrypted_content: __, ...plain } = request.input[1] as { readonly encrypted_content: string };
    expect(call).toBeDefined();
    expect(encoded).toEqual({
      ...rest,
      reasoning: { effort: 'high', summary: 'auto' },
      conversation: { id: 'conv_9', x: 1 },
      input: [
        request.input[0],
        // What is encrypted is the reasoning as it was.
        { ...plain, summary: [{ type: 'summary_text', text: '[removed]' }] },
        { ...request.input[2], arguments: '{"a":9}' },
        { ...request.input[3], output: '10' },
        request.input[4],
      ],
    });
  });

  it('keeps a string a string when its text is edited, and makes items of it when a message joins it', () => {
    const content = { input: 'Hi', model: 'm' };
    const edit = (messages: AnnotatedRequest['messages']) =>
      openaiResponses.encodeRequest({ ...decode(content), messages }, content);
    expect(edit([{ role: 'user', content: 'Hello' }])).toEqual({ input: 'Hello', model: 'm' });
    expect(
      edit([
        { role: 'system', content: 'Be kind.' },
        { role: 'user', content: 'Hi' },
      ]),
    ).toEqual({
      model: 'm',
      input: [
        { role: 'system', content: 'Be kind.' },
        { role: 'user', content: 'Hi' },
      ],
    });
  });

  it('writes a new assistant turn with calls, and a tool result, as items of their own; a new tool flat', () => {
    const content = { input: [] };
    const edited: AnnotatedRequest = {
      messages: [
        { role: 'assistant', content: 'Adding.', tool_calls: [{ id: 'c', name: 'add', arguments: { a: 1 } }] },
        { role: 'tool', tool_call_id: 'c', content: '2' },
      ],
      tools: [{ type: 'function', name: 'add', parameters: {} }],
      params: {},
    };
    expect(openaiResponses.encodeRequest(edited, content)).toEqual({
      input: [
        { role: 'assistant', content: 'Adding.' },
        { type: 'function_call', call_id: 'c', name: 'add', arguments: '{"a":1}' },
        { type: 'function_call_output', call_id: 'c', output: '2' },
      ],
      tools: [{ type: 'function', name: 'add', parameters: {} }],
    });
  });
});

describe('decoding a Responses response', () => {
  const message = { type: 'message', role: 'assistant', content: [{ type: 'output_text', text: 'Hello' }] };
  const call = { type: 'function_call', call_id: 'c', name: 'f', arguments: '{"a":1}' };
  const reasoning = { type: 'reasoning', summary: [{ type: 'summary_text', text: 'A' }, { type: 'summary_text', text: 'B' }] }; // prettier-ignore

  it('reads text, calls, reasoning and usage', () => {
    const usage = {
      input_tokens: 5,
      output_tokens: 4,
      total_tokens: 9,
      input_tokens_details: { cached_tokens: 3, cache_write_tokens: 1 },
      output_tokens_details: { reasoning_tokens: 2 },
    };
    expect(
      openaiResponses.decodeResponse({
        id: 'r',
        model: 'm',
        status: 'completed',
        output: [reasoning, message, call],
        usage,
      }),
    ).toEqual({
      id: 'r',
      model: 'm',
      message: 'Hello',
      reasoning: 'A\nB',
      tool_calls: [{ id: 'c', name: 'f', arguments: { a: 1 } }],
      finish_reason: 'tool_use',
      finish_reasons: ['completed'],
      usage: {
        input_tokens: 5,
        output_tokens: 4,
        total_tokens: 9,
        cache_read_tokens: 3,
        cache_write_tokens: 1,
        reasoning_tokens: 2,
      },
    });
  });

  it.each([
    [{ status: 'completed' }, 'complete'],
    [{ status: 'incomplete', incomplete_details: { reason: 'max_output_tokens' } }, 'length'],
    [{ status: 'incomplete', incomplete_details: { reason: 'content_filter' } }, 'content_filter'],
    [{ status: 'incomplete', incomplete_details: null }, 'incomplete'],
    [{ status: 'failed' }, 'failed'],
  ])('maps %j to %s', (outcome, mapped) => {
    expect(openaiResponses.decodeResponse({ output: [message], ...outcome })?.finish_reason).toBe(mapped);
  });
});
