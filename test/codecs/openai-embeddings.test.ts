// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from 'vitest';
import { openaiEmbeddings } from '../../src/codecs/index.ts';
import { TEXT_FORMS } from './text-forms.ts';

const decode = (content: unknown) => openaiEmbeddings.decodeRequest(content);

describe('the embeddings codec', () => {
  it.each(TEXT_FORMS)('reads the input %j as one message per text', (input, contents) => {
    const content = { model: 'text-embedding-3-small', input, dimensions: 8 };
    const decoded = decode(content);
    expect(decoded?.messages).toEqual(contents.map((text) => ({ role: 'user', content: text })));
    expect(decoded?.extra).toEqual({ dimensions: 8 });
    expect(openaiEmbeddings.encodeRequest(structuredClone(decoded!), content)).toBe(content);
  });

  it('writes an edited text back in the form in which it came', () => {
    const edit = (input: unknown) => {
      const content = { model: 'm', input };
      const decoded = decode(content)!;
      const messages = decoded.messages.map((message) => ({ ...message, content: `${message.content as string}!` }));
      return openaiEmbeddings.encodeRequest({ ...decoded, messages }, content);
    };
    expect(edit('a')).toEqual({ model: 'm', input: 'a!' });
    expect(edit(['a'])).toEqual({ model: 'm', input: ['a!'] });
    expect(edit(['a', 'b'])).toEqual({ model: 'm', input: ['a!', 'b!'] });
  });

  it('reads model and usage of a response, and no message', () => {
    const response = {
      object: 'list',
      model: 'm',
      data: [{ embedding: [0.1] }],
      usage: { prompt_tokens: 3, total_tokens: 3 },
    };
    expect(openaiEmbeddings.decodeResponse(response)).toEqual({
      model: 'm',
      usage: { input_tokens: 3, total_tokens: 3 },
    });
    expect(openaiEmbeddings.decodeResponse({ data: [] })).toBeUndefined();
    const accumulator = openaiEmbeddings.accumulator();
    accumulator.push('x');
    expect(accumulator.response()).toBeUndefined();
    accumulator.push(response);
    expect(accumulator.response()).toEqual(response);
  });
});
