// SPDX-License-Identifier: Apache-2.0
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { historyKeys, joinKeys, nextKey, rememberKeys } from '../../src/atif/history.ts';
import type { Json } from '../../src/atof/event.ts';
import type { AnnotatedMessage, AnnotatedRequest, AnnotatedToolCall } from '../../src/codecs/annotated.ts';
import { openaiChat, openaiResponses } from '../../src/codecs/index.ts';

const text = fc.string({ maxLength: 5 });
const call = fc.record({
  id: text,
  name: text,
  arguments: fc.dictionary(text, fc.jsonValue({ maxDepth: 1 }), { maxKeys: 3 }),
}) as fc.Arbitrary<AnnotatedToolCall>;
const exchange: fc.Arbitrary<readonly AnnotatedMessage[]> = fc.oneof(
  fc
    .record({ user: text, answer: text, calls: fc.array(call, { maxLength: 2 }) })
    .map(({ user, answer, calls }) => [
      { role: 'user', content: user },
      { role: 'assistant', content: answer, ...(calls.length ? { tool_calls: calls } : {}) },
      ...calls.map(({ id }) => ({ role: 'tool', tool_call_id: id, content: user })),
    ]),
);
const conversation = fc
  .array(exchange, { minLength: 1, maxLength: 4 })
  .map((exchanges) => [
    { role: 'system', content: 'Be brief.' },
    ...exchanges.flat(),
    { role: 'user', content: 'end' },
  ]);

const requestOf = (messages: readonly AnnotatedMessage[]): AnnotatedRequest => ({ messages, params: {} });
const keyOf = (messages: readonly AnnotatedMessage[]): string | undefined => historyKeys(requestOf(messages)).continues;

/** The same messages as chat content, built in another way: parts, printed arguments, extra keys, null for no content. */
function rebuilt(messages: readonly AnnotatedMessage[]): unknown {
  return {
    messages: messages.map(({ content, tool_calls: calls, ...rest }) => ({
      extra_key: 1,
      content: content === '' ? null : [{ type: 'text', text: content, cache: true }],
      ...(calls && {
        tool_calls: calls.map(({ id, name, arguments: input }) => ({
          type: 'function',
          function: {
            arguments: JSON.stringify(Object.fromEntries(Object.entries(input as object).toReversed()), null, 2),
            name,
          },
          id,
        })),
      }),
      ...rest,
    })),
  };
}

describe('the key of a history', () => {
  it('is the same for messages which the application has built anew', () => {
    fc.assert(
      fc.property(conversation, (messages) => {
        expect(historyKeys(openaiChat.decodeRequest(rebuilt(messages))!)).toEqual(historyKeys(requestOf(messages)));
      }),
    );
  });

  it('is a text, and absent before the first answer', () => {
    expect(keyOf([{ role: 'assistant' }])).toBeTypeOf('string');
    expect(historyKeys(requestOf([{ role: 'user', content: 'Hi' }]))).toEqual({});
  });

  it('changes with any text, id, name, argument or role, and with the order', () => {
    fc.assert(
      fc.property(conversation, fc.nat(), (messages, pick) => {
        const last = messages.findLastIndex(({ role }) => role === 'assistant');
        const index = pick % (last + 1);
        const message = messages[index]!;
        const key = keyOf(messages);
        const variants: AnnotatedMessage[] = [
          { ...message, content: `${message.content as string}.` },
          { ...message, role: 'critic' },
          { ...message, tool_call_id: 'other' },
          { ...message, tool_calls: [...(message.tool_calls ?? []), { id: 'x', name: 'f', arguments: {} }] },
          ...['id', 'name'].flatMap((field) =>
            message.tool_calls
              ? [{ ...message, tool_calls: message.tool_calls.map((c) => ({ ...c, [field]: 'other!' })) }]
              : [],
          ),
        ];
        // Only tool messages answer calls.
        const told =
          message.role === 'assistant' ? variants.filter(({ tool_call_id: id }) => id === undefined) : variants;
        for (const variant of told) expect(keyOf(messages.with(index, variant))).not.toBe(key);
        expect(keyOf(messages.toSpliced(index, 1))).not.toBe(key);
      }),
    );
    const [a, b] = ['a', 'b'].map((content) => ({ role: 'user', content })) as [AnnotatedMessage, AnnotatedMessage];
    const answer = { role: 'assistant', content: 'c' };
    expect(keyOf([a, b, answer])).not.toBe(keyOf([b, a, answer]));
    expect(keyOf([{ role: 'user', content: 'ab' }, answer])).not.toBe(keyOf([a, b, answer]));
  });

  it('takes empty arguments in any form for the same', () => {
    const of = (args: Json) => keyOf([{ role: 'assistant', tool_calls: [{ id: 'c', name: 'f', arguments: args }] }]);
    expect(new Set([of(''), of(null), of({})]).size).toBe(1);
    expect(of([])).not.toBe(of({}));
  });

  it('does not depend on what follows the last answer', () => {
    const messages = [{ role: 'user', content: 'Hi' }, { role: 'assistant', content: 'Hello' }]; // prettier-ignore
    expect(keyOf([...messages, { role: 'user', content: 'And?' }])).toBe(keyOf(messages));
  });
});

describe('the key of what follows', () => {
  it('is the key of the history that the next chat request continues', () => {
    const messages = [{ role: 'user', content: 'What is 3 + 4?' }];
    const answer = {
      role: 'assistant',
      content: null,
      tool_calls: [{ id: 'c', type: 'function', function: { name: 'add', arguments: '{"a":3}' } }],
    };
    const next = nextKey(
      openaiChat.decodeRequest({ messages })!,
      openaiChat.decodeResponse({ choices: [{ message: answer }] })!,
    );
    const following = { messages: [...messages, answer, { role: 'tool', tool_call_id: 'c', content: '7' }] };
    expect(historyKeys(openaiChat.decodeRequest(following)!).continues).toBe(next);
    expect(next).toBeDefined();
  });

  it('is the same when the output items of a Responses call are sent back, with or without the reasoning', () => {
    const input = [{ role: 'user', content: 'What is 3 + 4?' }];
    const output = [
      { type: 'reasoning', id: 'rs', summary: [] },
      { type: 'web_search_call', id: 'ws', status: 'completed' },
      { type: 'message', role: 'assistant', content: [{ type: 'output_text', text: 'Let me add.' }] },
      { type: 'function_call', call_id: 'c', name: 'add', arguments: '{"a":3}' },
    ];
    const next = nextKey(openaiResponses.decodeRequest({ input })!, openaiResponses.decodeResponse({ output })!);
    const result = { type: 'function_call_output', call_id: 'c', output: '7' };
    const continues = (items: readonly object[]) =>
      historyKeys(openaiResponses.decodeRequest({ input: [...input, ...items, result] })!).continues;
    expect(continues(output)).toBe(next);
    expect(continues(output.slice(2))).toBe(next);
  });

  it('counts the instructions, and is absent where the provider keeps the history', () => {
    const request = { messages: [{ role: 'user', content: 'Hi' }], params: {} };
    expect(nextKey({ ...request, instructions: 'Be brief.' }, {})).not.toBe(nextKey(request, {}));
    expect(nextKey({ ...request, previous_response_id: 'r' }, {})).toBeUndefined();
    expect(joinKeys({ ...request, previous_response_id: 'r', conversation_id: 'v' })).toEqual([
      'response:r',
      'conversation:v',
    ]);
    expect(rememberKeys({ ...request, conversation_id: 'v' }, { id: 'r' })).toEqual(['response:r', 'conversation:v']);
    expect(rememberKeys(request, { id: 'r' })).toEqual(['response:r', nextKey(request, {})]);
  });
});
