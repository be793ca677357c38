// SPDX-License-Identifier: Apache-2.0
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { openaiChat } from '../../src/codecs/index.ts';

function accumulate(chunks: readonly unknown[]): unknown {
  const accumulator = openaiChat.accumulator();
  for (const chunk of chunks) accumulator.push(chunk);
  return accumulator.response();
}

function chunk(delta: object, rest: object = {}, index = 0): object {
  return { id: 'r', object: 'chat.completion.chunk', created: 1, model: 'm', choices: [{ index, delta, ...rest }] };
}

it('joins texts, tool call fragments, refusals, usage and the top-level fields of a stream', () => {
  expect(
    accumulate([
      { ...chunk({ role: 'assistant', content: '' }), service_tier: 'default', system_fingerprint: 'fp' },
      chunk({ reasoning_content: 'Let ' }),
      chunk({ reasoning_content: 'me.' }),
      chunk({ content: 'It ' }),
      chunk({ tool_calls: [{ index: 0, id: 'c1', type: 'function', function: { name: 'add', arguments: '' } }] }),
      chunk({ tool_calls: [{ index: 1, id: 'c2', type: 'function', function: { name: 'sub', arguments: '{' } }] }),
      chunk({ tool_calls: [{ index: 0, function: { arguments: '{"a":' } }] }),
      chunk({ tool_calls: [{ index: 1, function: { arguments: '}' } }] }),
      chunk(
        { tool_calls: [{ index: 0, function: { arguments: '1}' } }], content: 'is 7.' },
        { logprobs: { content: [{ token: 'x' }] } },
      ),
      chunk({ refusal: 'No' }, {}, 1),
      chunk({ refusal: '.' }, { finish_reason: 'stop' }, 1),
      chunk({}, { finish_reason: 'tool_calls' }),
      { ...chunk({}), choices: [], usage: { prompt_tokens: 2, completion_tokens: 1, total_tokens: 3 } },
    ]),
  ).toEqual({
    id: 'r',
    object: 'chat.completion',
    created: 1,
    model: 'm',
    service_tier: 'default',
    system_fingerprint: 'fp',
    choices: [
      {
        index: 0,
        message: {
          role: 'assistant',
          content: 'It is 7.',
          reasoning_content: 'Let me.',
          tool_calls: [
            { id: 'c1', type: 'function', function: { name: 'add', arguments: '{"a":1}' } },
            { id: 'c2', type: 'function', function: { name: 'sub', arguments: '{}' } },
          ],
        },
        logprobs: { content: [{ token: 'x' }], refusal: null },
        finish_reason: 'tool_calls',
      },
      {
        index: 1,
        message: { role: 'assistant', content: null, refusal: 'No.' },
        logprobs: null,
        finish_reason: 'stop',
      },
    ],
    usage: { prompt_tokens: 2, completion_tokens: 1, total_tokens: 3 },
  });
});

it('gives what came of a stream that was cut off, and nothing when no chunk was understood', () => {
  expect(accumulate([chunk({ content: 'Hal' })])).toMatchObject({
    choices: [{ message: { content: 'Hal' }, finish_reason: null }],
  });
  expect(accumulate([undefined, 'x', {}, { error: { message: 'no' } }, { choices: 3 }])).toBeUndefined();
});

it('joins legacy function calls, custom tools, audio, and fragments without index', () => {
  expect(
    accumulate([
      chunk({ function_call: { name: 'old', arguments: '{' } }),
      chunk({ function_call: { arguments: '}' } }),
      chunk({ audio: { id: 'a', transcript: 'Hel' } }),
      chunk({ audio: { transcript: 'lo', data: 'AA' } }),
      chunk({ tool_calls: [{ id: 'c1', custom: { name: 'sql', input: 'sel' } }] }),
      chunk({ tool_calls: [{ custom: { input: 'ect' } }] }),
      chunk({ tool_calls: [{ id: 'c2', function: { name: 'f', arguments: '{}' } }] }),
    ]),
  ).toMatchObject({
    choices: [
      {
        message: {
          function_call: { name: 'old', arguments: '{}' },
          audio: { id: 'a', transcript: 'Hello', data: 'AA' },
          tool_calls: [
            { id: 'c1', type: 'custom', custom: { name: 'sql', input: 'select' } },
            { id: 'c2', type: 'function', function: { name: 'f', arguments: '{}' } },
          ],
        },
      },
    ],
  });
});

it('does not depend on how a text is cut into chunks', () => {
  fc.assert(
    fc.property(fc.array(fc.string(), { minLength: 1 }), (pieces) => {
      const response = accumulate(pieces.map((content) => chunk({ content })));
      expect(openaiChat.decodeResponse(response)?.message).toBe(pieces.join(''));
    }),
  );
});

it('ignores whatever is no chunk and never throws', () => {
  fc.assert(
    fc.property(fc.array(fc.oneof(fc.anything(), fc.record({ choices: fc.array(fc.anything()) }))), (chunks) => {
      accumulate(chunks);
      accumulate(chunks.map((delta) => ({ choices: [{ delta }] })));
    }),
  );
  const hostile = { get choices(): never { throw new Error('no'); } }; // prettier-ignore
  expect(accumulate([hostile])).toBeUndefined();
});

it('adds up what few services send: reasoning under its short name, a legacy call, audio, annotations', () => {
  const deltas = [
    { reasoning: 'h' },
    { reasoning: 'm' },
    { function_call: { name: 'f' } },
    { function_call: { arguments: '{' } },
    { function_call: { arguments: '}' } },
    { audio: { id: 'a', data: 'AA' } },
    { audio: { transcript: 'hi', expires_at: 1 } },
    { annotations: [{ type: 'url_citation' }] },
    { tool_calls: [{ index: 0, id: 'c', function: { name: 'g' } }] },
  ];
  const accumulator = openaiChat.accumulator();
  for (const delta of deltas) accumulator.push({ choices: [{ index: 0, delta }] });
  expect(accumulator.response()?.['choices']).toEqual([
    {
      index: 0,
      message: {
        role: 'assistant',
        content: null,
        reasoning: 'hm',
        function_call: { name: 'f', arguments: '{}' },
        audio: { id: 'a', data: 'AA', transcript: 'hi', expires_at: 1 },
        annotations: [{ type: 'url_citation' }],
        tool_calls: [{ id: 'c', type: 'function', function: { name: 'g', arguments: '' } }],
      },
      logprobs: null,
      finish_reason: null,
    },
  ]);
});

it('keeps content that comes as lists of parts, and joins what goes on', () => {
  const thought = (text: string) => ({ type: 'thinking', thinking: [{ type: 'text', text }] });
  const accumulator = openaiChat.accumulator();
  const content = () =>
    (accumulator.response() as { choices: { message: { content: unknown } }[] }).choices[0]?.message.content;
  accumulator.push(chunk({ role: 'assistant', content: '' }));
  accumulator.push(chunk({ content: [thought('Let ')] }));
  const early = content();
  accumulator.push(chunk({ content: [{ ...thought('me.'), closed: true }] }));
  accumulator.push(chunk({ content: [{ type: 'text', text: 'It ' }] }));
  accumulator.push(chunk({ content: 'is 7.' }));
  accumulator.push(chunk({ content: [{ type: 'reference', reference_ids: [1] }, 'so'] }));
  expect(early).toEqual([thought('Let ')]);
  expect(content()).toEqual([
    { ...thought('Let me.'), closed: true },
    { type: 'text', text: 'It is 7.' },
    { type: 'reference', reference_ids: [1] },
    'so',
  ]);
  expect(openaiChat.decodeResponse(accumulator.response())?.message).toBe('It is 7.\nso');
  const late = [chunk({ content: 'It ' }), chunk({ content: [{ type: 'text', text: 'is.' }] })];
  expect(accumulate(late)).toMatchObject({ choices: [{ message: { content: [{ type: 'text', text: 'It is.' }] } }] });
});
