// SPDX-License-Identifier: Apache-2.0
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { AnnotatedRequest } from '../../src/codecs/annotated.ts';
import { openaiChat } from '../../src/codecs/index.ts';
import { chatRequest } from './arbitrary-requests.ts';

function decode(content: unknown): AnnotatedRequest {
  const decoded = openaiChat.decodeRequest(content);
  if (!decoded) throw new Error('not a chat request');
  return decoded;
}

const request = {
  model: 'gpt-5',
  store: true,
  max_tokens: 50,
  stop: 'END',
  temperature: null,
  messages: [
    { role: 'developer', content: 'Be brief.' },
    { role: 'user', content: [{ type: 'text', text: 'Hi', cache: 1 }], name: 'ann' },
    {
      role: 'assistant',
      content: null,
      reasoning_content: 'hm',
      tool_calls: [
        { id: 'c1', type: 'function', function: { name: 'add', arguments: '{"a": 1}' }, index: 0 },
        { id: 'c2', type: 'function', function: { name: 'add', arguments: '{broken' } },
        { id: 'c3', type: 'custom', custom: { name: 'sql', input: '{"x":1}' } },
      ],
    },
    { role: 'tool', tool_call_id: 'c1', content: '2' },
    { role: 'assistant', content: null, refusal: 'No.' },
    { role: 'assistant', function_call: { name: 'old', arguments: '{}' } },
    { role: 'function', name: 'old', content: 'x' },
  ],
  tools: [
    { type: 'function', function: { name: 'add', description: 'Adds.', parameters: { type: 'object' }, strict: true } },
  ],
};

describe('decoding a chat request', () => {
  it('reads every role, parsed and unparsable arguments, and the parameters', () => {
    expect(decode(request)).toEqual({
      model: 'gpt-5',
      messages: [
        { role: 'developer', content: 'Be brief.' },
        { role: 'user', content: [{ type: 'text', text: 'Hi', cache: 1 }], name: 'ann' },
        {
          role: 'assistant',
          reasoning: 'hm',
          tool_calls: [
            { id: 'c1', name: 'add', arguments: { a: 1 } },
            { id: 'c2', name: 'add', arguments: '{broken' },
            { id: 'c3', name: 'sql', arguments: '{"x":1}' },
          ],
        },
        { role: 'tool', tool_call_id: 'c1', content: '2' },
        { role: 'assistant', content: [{ type: 'refusal', refusal: 'No.' }] },
        { role: 'assistant', tool_calls: [{ id: '', name: 'old', arguments: {} }] },
        { role: 'function', name: 'old', content: 'x' },
      ],
      tools: [{ type: 'function', name: 'add', description: 'Adds.', parameters: { type: 'object' } }],
      params: { max_tokens: 50, stop: ['END'] },
      extra: { store: true },
    });
  });

  it('is undefined for what is no chat request', () => {
    for (const content of [undefined, null, 'x', 1, [], {}, { messages: 'x' }, { input: 'x' }]) {
      expect(openaiChat.decodeRequest(content)).toBeUndefined();
    }
  });

  it('never throws, whatever it is given', () => {
    fc.assert(
      fc.property(
        fc.oneof(fc.anything(), fc.record({ messages: fc.array(fc.anything()), tools: fc.anything() })),
        (content) => {
          expect(() => [openaiChat.decodeRequest(content), openaiChat.decodeResponse(content)]).not.toThrow();
        },
      ),
    );
    const hostile = { messages: [{ role: 'user', get content(): never { throw new Error('no'); } }] }; // prettier-ignore
    expect(openaiChat.decodeRequest(hostile)).toBeUndefined();
  });
});

describe('encoding a chat request', () => {
  it('gives the original itself when nothing was edited', () => {
    fc.assert(
      fc.property(chatRequest, (content) => {
        const copy = structuredClone(decode(content));
        expect(openaiChat.encodeRequest(copy, content)).toBe(content);
      }),
    );
  });

  it('changes only the message whose text was edited', () => {
    fc.assert(
      fc.property(chatRequest, fc.nat(), (content, pick) => {
        const decoded = decode(content);
        const index = pick % decoded.messages.length;
        const messages = decoded.messages.map((message, i) =>
          i === index ? { ...message, content: 'edited!' } : message,
        );
        const encoded = openaiChat.encodeRequest({ ...decoded, messages }, content) as typeof content;
        const { messages: before, ...rest } = content;
        const { messages: after, ...restAfter } = encoded;
        expect(restAfter).toEqual(rest);
        expect(after.length).toBe(before.length);
        expect(after.every((message, i) => i === index || message === before[i])).toBe(true);
        const { refusal: _, ...expected } = before[index] as Record<string, unknown>;
        expect(after[index]).toEqual({ ...expected, content: 'edited!' });
        expect(decode(encoded)).toEqual({ ...decoded, messages });
      }),
    );
  });

  it('keeps the other messages when one is removed, added or moved', () => {
    fc.assert(
      fc.property(chatRequest, fc.nat(), (content, pick) => {
        const decoded = decode(content);
        const index = pick % decoded.messages.length;
        const originals = new Set<unknown>(content.messages);
        const encode = (messages: AnnotatedRequest['messages']) =>
          (openaiChat.encodeRequest({ ...decoded, messages }, content) as typeof content).messages;
        const removed = decoded.messages.toSpliced(index, 1);
        const added = decoded.messages.toSpliced(index, 0, { role: 'system', content: 'never seen before' });
        const moved = decoded.messages.toReversed();
        expect(encode(removed).every((message) => originals.has(message))).toBe(true);
        expect(encode(added).filter((message) => !originals.has(message))).toEqual([
          { role: 'system', content: 'never seen before' },
        ]);
        expect(encode(moved).every((message) => originals.has(message))).toBe(true);
        expect(encode(moved).length).toBe(content.messages.length);
      }),
    );
  });

  it('writes a changed argument into its own call and leaves the calls beside it as they were', () => {
    const decoded = decode(request);
    const messages = decoded.messages.map((message) =>
      message.reasoning === 'hm'
        ? {
            ...message,
            tool_calls: message.tool_calls!.map((call) => (call.id === 'c1' ? { ...call, arguments: { a: 2 } } : call)),
          }
        : message,
    );
    const encoded = openaiChat.encodeRequest({ ...decoded, messages }, request) as typeof request;
    const [first, second, third] = encoded.messages[2]!.tool_calls!;
    expect(first).toEqual({ id: 'c1', type: 'function', function: { name: 'add', arguments: '{"a":2}' }, index: 0 });
    expect(second).toBe(request.messages[2]!.tool_calls![1]);
    expect(third).toBe(request.messages[2]!.tool_calls![2]);
  });

  it('writes the token limit under the name that the request used, deletes what was removed, keeps unknown fields', () => {
    const decoded = decode(request);
    const encoded = openaiChat.encodeRequest({ ...decoded, params: { max_tokens: 9 } }, request);
    const { stop: _, ...rest } = request;
    expect(encoded).toEqual({ ...rest, max_tokens: 9 });
    expect(openaiChat.encodeRequest({ messages: [], params: { max_tokens: 9 } }, {})).toEqual({
      max_completion_tokens: 9,
    });
  });

  it('writes top_k only where the request shows that the server takes it', () => {
    const edit = (content: object, top_k: number | undefined) =>
      openaiChat.encodeRequest({ ...decode(content), params: top_k === undefined ? {} : { top_k } }, content);
    expect(decode({ messages: [], top_k: 4 })).toEqual({ messages: [], params: { top_k: 4 } });
    expect(edit({ messages: [], top_k: 4 }, 9)).toEqual({ messages: [], top_k: 9 });
    expect(edit({ messages: [], top_k: 4 }, undefined)).toEqual({ messages: [] });
    const without = { messages: [] };
    expect(edit(without, 9)).toBe(without);
  });

  it('takes back a refusal and a legacy function call that were edited', () => {
    const decoded = decode(request);
    const messages = decoded.messages.map((message) => {
      if (Array.isArray(message.content) && message.role === 'assistant') return { ...message, content: 'Yes.' };
      if (message.tool_calls?.[0]?.name === 'old')
        return { ...message, tool_calls: [{ id: '', name: 'new', arguments: { b: 1 } }] };
      return message;
    });
    const encoded = openaiChat.encodeRequest({ ...decoded, messages }, request) as typeof request;
    expect(encoded.messages[4]).toEqual({ role: 'assistant', content: 'Yes.' });
    expect(encoded.messages[5]).toEqual({ role: 'assistant', function_call: { name: 'new', arguments: '{"b":1}' } });
  });

  it('patches one tool, adds another in nested form, and puts instructions in front', () => {
    const decoded = decode(request);
    const tools = [
      { ...decoded.tools![0]!, description: 'Adds up.' },
      { type: 'function', name: 'sub', parameters: {} },
    ];
    const encoded = openaiChat.encodeRequest({ ...decoded, tools, instructions: 'Mind.' }, request) as typeof request;
    expect(encoded.tools).toEqual([
      {
        type: 'function',
        function: { name: 'add', description: 'Adds up.', parameters: { type: 'object' }, strict: true },
      },
      { type: 'function', function: { name: 'sub', parameters: {} } },
    ]);
    expect(encoded.messages[0]).toEqual({ role: 'system', content: 'Mind.' });
    expect(encoded.messages[1]).toBe(request.messages[0]);
  });
});

describe('decoding a chat response', () => {
  const response = (choice: object, usage?: object) => ({
    id: 'r',
    model: 'm',
    object: 'chat.completion',
    choices: [choice],
    usage,
  });

  it('reads message, calls, finish reason and usage', () => {
    const message = {
      role: 'assistant',
      content: null,
      tool_calls: [{ id: 'c', type: 'function', function: { name: 'f', arguments: '' } }],
    };
    const usage = {
      prompt_tokens: 5,
      completion_tokens: 3,
      total_tokens: 8,
      prompt_tokens_details: { cached_tokens: 2, audio_tokens: 1 },
      completion_tokens_details: { reasoning_tokens: 1, audio_tokens: 0 },
    };
    expect(openaiChat.decodeResponse(response({ index: 0, finish_reason: 'tool_calls', message }, usage))).toEqual({
      id: 'r',
      model: 'm',
      tool_calls: [{ id: 'c', name: 'f', arguments: '' }],
      finish_reason: 'tool_use',
      finish_reasons: ['tool_calls'],
      usage: {
        input_tokens: 5,
        output_tokens: 3,
        total_tokens: 8,
        cache_read_tokens: 2,
        reasoning_tokens: 1,
        audio_input_tokens: 1,
        audio_output_tokens: 0,
      },
    });
  });

  it.each([
    ['stop', 'complete'],
    ['length', 'length'],
    ['tool_calls', 'tool_use'],
    ['function_call', 'tool_use'],
    ['content_filter', 'content_filter'],
    ['tired', 'tired'],
  ])('maps the finish reason %s to %s', (raw, mapped) => {
    const decoded = openaiChat.decodeResponse(
      response({ index: 0, finish_reason: raw, message: { role: 'assistant', content: 'x' } }),
    );
    expect(decoded).toMatchObject({ finish_reason: mapped, finish_reasons: [raw], message: 'x' });
  });

  it('takes the refusal, or the transcript of audio, as the message where there is no content', () => {
    const refusal = response({ message: { role: 'assistant', content: null, refusal: 'No.' } });
    const audio = response({ message: { role: 'assistant', content: null, audio: { id: 'a', transcript: 'Hello' } } });
    expect(openaiChat.decodeResponse(refusal)?.message).toBe('No.');
    expect(openaiChat.decodeResponse(audio)?.message).toBe('Hello');
    expect(openaiChat.decodeResponse({ choices: [{ text: 'legacy completion' }] })).toBeUndefined();
  });
});

describe('a field that no request should have', () => {
  it('stays a field, whatever its name means to JavaScript', () => {
    const content: unknown = JSON.parse('{"model":"m","messages":[],"__proto__":{"admin":true},"constructor":1}');
    const { extra } = decode(content);
    expect(JSON.stringify(extra)).toBe('{"__proto__":{"admin":true},"constructor":1}');
    expect((extra as { admin?: unknown }).admin).toBeUndefined();
  });
});
