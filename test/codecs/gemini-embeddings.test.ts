// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from 'vitest';
import { geminiEmbeddings } from '../../src/codecs/index.ts';

const content = (...texts: readonly string[]) => ({ parts: texts.map((text) => ({ text })), role: 'user' });
const image = { parts: [{ inlineData: { mimeType: 'image/png', data: 'AA==' } }] };

const FORMS = [
  {
    form: 'a batch',
    request: {
      requests: ['a', 'b'].map((text) => ({ model: 'models/m', content: content(text), outputDimensionality: 3 })),
    },
    edited: {
      requests: ['a', 'x'].map((text) => ({ model: 'models/m', content: content(text), outputDimensionality: 3 })),
    },
    model: 'm',
  },
  {
    form: 'instances of Vertex AI',
    request: { instances: [{ content: 'a', task_type: 'T' }, { content: 'b' }], parameters: { autoTruncate: true } },
    edited: { instances: [{ content: 'a', task_type: 'T' }, { content: 'x' }], parameters: { autoTruncate: true } },
    model: undefined,
  },
  {
    form: 'one alone',
    request: { content: content('b'), embedContentConfig: {} },
    edited: { content: content('x'), embedContentConfig: {} },
    model: undefined,
  },
];

describe.each(FORMS)('a request with $form', ({ request, edited, model }) => {
  it('has a message of the user for each content', () => {
    const decoded = geminiEmbeddings.decodeRequest(request);
    const texts = decoded?.messages.map(({ content: each }) => each);
    expect(texts).toEqual('content' in request ? ['b'] : ['a', 'b']);
    expect(new Set(decoded?.messages.map(({ role }) => role))).toEqual(new Set(['user']));
    expect(decoded?.model).toBe(model);
  });

  it('is itself when nothing was edited, and gets only what was', () => {
    const decoded = geminiEmbeddings.decodeRequest(request)!;
    expect(geminiEmbeddings.encodeRequest(structuredClone(decoded), request)).toBe(request);
    const messages = decoded.messages.map((each) => (each.content === 'b' ? { ...each, content: 'x' } : each));
    expect(geminiEmbeddings.encodeRequest({ ...decoded, messages }, request)).toEqual(edited);
    expect(geminiEmbeddings.encodeRequest({ ...decoded, model: 'other' }, request)).toEqual({
      ...request,
      model: 'other',
    });
  });
});

describe('contents', () => {
  it('that are no text are as they are, and those of several parts one text', () => {
    const request = { requests: [{ content: image }, { content: content('a', 'b') }] };
    const decoded = geminiEmbeddings.decodeRequest(request);
    expect(decoded?.messages.map(({ content: each }) => each)).toEqual([image, 'a\nb']);
  });

  it('can be added and taken away', () => {
    const request = { requests: [{ model: 'models/m', content: content('a') }] };
    const decoded = geminiEmbeddings.decodeRequest(request)!;
    const more = { ...decoded, messages: [...decoded.messages, { role: 'user', content: 'b' }] };
    expect(geminiEmbeddings.encodeRequest(more, request)).toEqual({
      requests: ['a', 'b'].map((text) => ({ model: 'models/m', content: content(text) })),
    });
    expect(geminiEmbeddings.encodeRequest({ ...decoded, messages: [] }, request)).toEqual({ requests: [] });
  });
});

it('does not know what other models predict from, or anything else', () => {
  for (const other of [{ instances: [{ prompt: 'a cat' }] }, { contents: [] }, {}, null, 'text'])
    expect(geminiEmbeddings.decodeRequest(other)).toBeUndefined();
  for (const other of [{ predictions: [{ bytesBase64Encoded: 'AA==' }] }, { candidates: [] }, {}, null])
    expect(geminiEmbeddings.decodeResponse(other)).toBeUndefined();
});

it('reads the tokens where the response tells them', () => {
  const values = [1, 2];
  const predicted = { embeddings: { values, statistics: { token_count: 3 } } };
  expect(geminiEmbeddings.decodeResponse({ predictions: [predicted, predicted] })).toEqual({
    usage: { input_tokens: 6 },
  });
  const usageMetadata = { promptTokenCount: 4, totalTokenCount: 4 };
  expect(geminiEmbeddings.decodeResponse({ embedding: { values }, usageMetadata })).toEqual({
    usage: { input_tokens: 4, total_tokens: 4 },
  });
  expect(geminiEmbeddings.decodeResponse({ embeddings: [{ values }] })).toEqual({});
  const accumulator = geminiEmbeddings.accumulator();
  accumulator.push({ embeddings: [{ values }] });
  expect(accumulator.response()).toEqual({ embeddings: [{ values }] });
});
