// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from 'vitest';
import { aiSdkEmbeddings } from '../../src/codecs/ai-sdk-embeddings.ts';
import type { AnnotatedRequest } from '../../src/codecs/annotated.ts';

const request = Object.freeze({ values: ['one', 'two'], providerOptions: { openai: { dimensions: 2 } } });
const decoded = (): AnnotatedRequest => aiSdkEmbeddings.decodeRequest(request) as AnnotatedRequest;

describe('embeddings of the AI SDK', () => {
  it('are decoded into a user message for each value, and the rest is kept', () => {
    expect(decoded()).toEqual({
      messages: [
        { role: 'user', content: 'one' },
        { role: 'user', content: 'two' },
      ],
      params: {},
      extra: { providerOptions: { openai: { dimensions: 2 } } },
    });
    expect(aiSdkEmbeddings.decodeRequest({ prompt: 'x' })).toBeUndefined();
    expect(aiSdkEmbeddings.decodeRequest('one')).toBeUndefined();
  });

  it('are the request itself where nothing was edited, and get what was', () => {
    expect(aiSdkEmbeddings.encodeRequest(decoded(), request)).toBe(request);
    const [first] = decoded().messages;
    const edited = { ...decoded(), messages: [{ role: 'user', content: 'three' }, first as never] } as AnnotatedRequest;
    expect(aiSdkEmbeddings.encodeRequest(edited, request)).toEqual({ ...request, values: ['three', 'one'] });
    const options = { ...decoded(), extra: {} };
    expect(aiSdkEmbeddings.encodeRequest(options, request)).toEqual({ values: ['one', 'two'] });
    expect(aiSdkEmbeddings.encodeRequest(decoded(), undefined)).toEqual(request);
  });

  it('are read and edited as the gateway of earlier versions has them', () => {
    const one = { input: 'one', providerOptions: {} };
    const read = aiSdkEmbeddings.decodeRequest(one) as AnnotatedRequest;
    expect(read).toEqual({ messages: [{ role: 'user', content: 'one' }], params: {}, extra: { providerOptions: {} } });
    const edited = { ...read, messages: [{ role: 'user' as const, content: 'two' }] };
    expect(aiSdkEmbeddings.encodeRequest(edited, one)).toEqual({ input: 'two', providerOptions: {} });
    const more = { ...read, messages: [...read.messages, ...edited.messages] };
    expect(aiSdkEmbeddings.encodeRequest(more, one)).toEqual({ input: ['one', 'two'], providerOptions: {} });
    const list = { input: ['one', 'two'] };
    const [, second] = aiSdkEmbeddings.decodeRequest(list)?.messages ?? [];
    expect(aiSdkEmbeddings.encodeRequest({ messages: [second as never], params: {} }, list)).toEqual({
      input: ['two'],
    });
    expect(aiSdkEmbeddings.decodeRequest({ input: 1 })).toBeUndefined();
  });

  it('have their usage in a response, where that has one', () => {
    const response = { embeddings: [[1, 2]], usage: { tokens: 3 } };
    expect(aiSdkEmbeddings.decodeResponse(response)).toEqual({ usage: { input_tokens: 3 } });
    expect(aiSdkEmbeddings.decodeResponse({ embeddings: [] })).toEqual({});
    expect(aiSdkEmbeddings.decodeResponse({ embedding: [1] })).toBeUndefined();
    expect(aiSdkEmbeddings.decodeResponse(undefined)).toBeUndefined();
  });

  it('do not stream: a response that is given is kept', () => {
    const accumulator = aiSdkEmbeddings.accumulator();
    accumulator.push('x');
    expect(accumulator.response()).toBeUndefined();
    accumulator.push({ embeddings: [[1]] });
    expect(accumulator.response()).toEqual({ embeddings: [[1]] });
  });
});
