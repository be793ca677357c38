// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from 'vitest';
import type { Json } from '../../src/atof/event.ts';
import { openaiCompletions } from '../../src/codecs/index.ts';
import { TEXT_FORMS } from './text-forms.ts';

const decode = (content: unknown) => openaiCompletions.decodeRequest(content);

describe('the completions codec', () => {
  it.each(TEXT_FORMS)('reads the prompt %j as one message per text', (prompt, contents) => {
    const content = { model: 'gpt-3.5-turbo-instruct', prompt, max_tokens: 8, stop: 'x', echo: true, stream: true };
    const decoded = decode(content);
    expect(decoded).toEqual({
      model: 'gpt-3.5-turbo-instruct',
      messages: contents.map((text) => ({ role: 'user', content: text })),
      params: { max_tokens: 8, stop: ['x'] },
      stream: true,
      extra: { echo: true },
    });
    expect(openaiCompletions.encodeRequest(structuredClone(decoded!), content)).toBe(content);
  });

  it('is not what has a stored prompt, or none', () => {
    expect([decode({ model: 'm', prompt: { id: 'stored' } }), decode({ model: 'm' })]).toEqual([undefined, undefined]);
  });

  it('writes an edited prompt and an edited parameter back, and nothing else', () => {
    const edit = (prompt: unknown) => {
      const content = { model: 'm', prompt, max_tokens: 8, stop: 'x' };
      const decoded = decode(content)!;
      const messages = decoded.messages.map((message) => ({ ...message, content: `${message.content as string}!` }));
      return openaiCompletions.encodeRequest({ ...decoded, messages, params: { ...decoded.params, n: 2 } }, content);
    };
    expect(edit('a')).toEqual({ model: 'm', prompt: 'a!', max_tokens: 8, stop: 'x', n: 2 });
    expect(edit(['a', 'b'])).toEqual({ model: 'm', prompt: ['a!', 'b!'], max_tokens: 8, stop: 'x', n: 2 });
  });

  it('keeps one prompt one, whatever an edit puts before it, and writes parts as text', () => {
    const content = { model: 'm', prompt: 'Once' };
    const encode = (...messages: readonly { role: string; content: Json }[]) =>
      openaiCompletions.encodeRequest({ ...decode(content)!, messages }, content);
    const once = { role: 'user', content: 'Once' };
    expect(encode({ role: 'system', content: 'Be brief.' }, once)).toEqual({ model: 'm', prompt: 'Be brief.\n\nOnce' });
    expect(encode({ role: 'user', content: [{ type: 'text', text: 'Twice' }] })).toEqual({
      model: 'm',
      prompt: 'Twice',
    });
    expect(encode()).toEqual({ model: 'm', prompt: '' });
  });

  it('reads the answers of a response in their order', () => {
    const response = {
      id: 'cmpl-1',
      object: 'text_completion',
      model: 'm',
      choices: [
        { index: 1, text: 'second', logprobs: null, finish_reason: 'length' },
        { index: 0, text: 'first', logprobs: null, finish_reason: 'stop' },
      ],
      usage: { prompt_tokens: 3, completion_tokens: 4, total_tokens: 7 },
    };
    expect(openaiCompletions.decodeResponse(response)).toEqual({
      id: 'cmpl-1',
      model: 'm',
      message: 'first',
      finish_reason: 'complete',
      finish_reasons: ['stop', 'length'],
      choices: [
        { message: 'first', finish_reason: 'complete' },
        { message: 'second', finish_reason: 'length' },
      ],
      usage: { input_tokens: 3, output_tokens: 4, total_tokens: 7 },
    });
    expect(openaiCompletions.decodeResponse({ choices: [] })).toBeUndefined();
  });

  it('joins a stream into the response that the same call would have returned without', () => {
    const accumulator = openaiCompletions.accumulator();
    accumulator.push('x');
    expect(accumulator.response()).toBeUndefined();
    const head = { id: 'cmpl-1', object: 'text_completion', created: 1, model: 'm' };
    const logprobs = (token: string) => ({ tokens: [token], token_logprobs: [-0.5], top_logprobs: null });
    for (const choice of [
      { index: 0, text: 'It', logprobs: logprobs('It'), finish_reason: null },
      { index: 1, text: 'No', logprobs: null, finish_reason: 'stop' },
      { index: 0, text: ' is', logprobs: logprobs(' is'), finish_reason: 'length' },
    ])
      accumulator.push({ ...head, choices: [choice] });
    const usage = { prompt_tokens: 1, completion_tokens: 3, total_tokens: 4 };
    accumulator.push({ ...head, choices: [], usage });
    expect(accumulator.response()).toEqual({
      ...head,
      usage,
      choices: [
        {
          index: 0,
          text: 'It is',
          logprobs: { tokens: ['It', ' is'], token_logprobs: [-0.5, -0.5], top_logprobs: null },
          finish_reason: 'length',
        },
        { index: 1, text: 'No', logprobs: null, finish_reason: 'stop' },
      ],
    });
  });
});
