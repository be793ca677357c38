// SPDX-License-Identifier: Apache-2.0
import { expect, it } from 'vitest';
import type { AnnotatedMessage, AnnotatedToolCall } from '../../src/codecs/annotated.ts';
import { openaiChat } from '../../src/codecs/openai-chat.ts';

/** The message on the wire after an edit of what it was read as. */
function edit(message: object, change: (read: AnnotatedMessage) => AnnotatedMessage): unknown {
  const content = { messages: [message] };
  const before = openaiChat.decodeRequest(content)!;
  const encoded = openaiChat.encodeRequest({ ...before, messages: before.messages.map(change) }, content);
  return (encoded as typeof content).messages[0];
}
const editCall = (call: object, change: Partial<AnnotatedToolCall>): unknown =>
  edit({ role: 'assistant', tool_calls: [call] }, (read) => ({
    ...read,
    tool_calls: read.tool_calls!.map((each) => ({ ...each, ...change })),
  }));
const onlyCall = (call: object): object => ({ role: 'assistant', tool_calls: [call] });

const call = { id: 'c1', type: 'function', function: { name: 'f', arguments: '{"a":1}', more: 1 }, other: 2 };
const custom = { id: 'c2', type: 'custom', custom: { name: 'g', input: 'free text', more: 1 } };

it.each<[string, Partial<AnnotatedToolCall>, object]>([
  ['name', { name: 'h' }, { ...call.function, name: 'h' }],
  ['arguments', { arguments: { a: 2 } }, { ...call.function, arguments: '{"a":2}' }],
  ['arguments to a text that is no JSON', { arguments: 'a = 2' }, { ...call.function, arguments: 'a = 2' }],
  ['arguments to a text that is JSON', { arguments: '5' }, { ...call.function, arguments: '"5"' }],
])('an edit of the %s of a call changes that alone', (_, change, expected) => {
  expect(editCall(call, change)).toEqual(onlyCall({ ...call, function: expected }));
  expect(openaiChat.decodeRequest({ messages: [editCall(call, change)] })?.messages[0]?.tool_calls).toEqual([
    { id: 'c1', name: 'f', arguments: { a: 1 }, ...change },
  ]);
});

it.each([
  ['a text stays as it is', 'more text', 'more text'],
  ['anything else becomes its JSON', { a: 1 }, '{"a":1}'],
])('an edit of the input of a custom tool: %s', (_, given, input) => {
  expect(editCall(custom, { arguments: given })).toEqual(onlyCall({ ...custom, custom: { ...custom.custom, input } }));
});

it('a call with another id is another call, and gets nothing of the one before', () => {
  expect(editCall(call, { id: 'new' })).toEqual(
    onlyCall({ id: 'new', type: 'function', function: { name: 'f', arguments: '{"a":1}' } }),
  );
});

it('a call whose fields are broken is written over', () => {
  const broken = { id: 'c1', type: 'function', function: 'broken' };
  expect(editCall(broken, { name: 'f', arguments: {} })).toEqual(
    onlyCall({ id: 'c1', type: 'function', function: { name: 'f', arguments: '{}' } }),
  );
  expect(editCall('broken' as never, { id: 'c1', name: 'f', arguments: {} })).toEqual(
    onlyCall({ id: 'c1', type: 'function', function: { name: 'f', arguments: '{}' } }),
  );
});

it('calls can be added to a message, and taken away from it', () => {
  const added = { id: 'c1', name: 'f', arguments: { a: 1 } };
  expect(edit({ role: 'assistant', content: 'so' }, (read) => ({ ...read, tool_calls: [added] }))).toEqual({
    role: 'assistant',
    content: 'so',
    tool_calls: [{ id: 'c1', type: 'function', function: { name: 'f', arguments: '{"a":1}' } }],
  });
  const without = ({ tool_calls: _, ...read }: AnnotatedMessage): AnnotatedMessage => ({ ...read, content: 'no' });
  expect(edit(onlyCall(call), without)).toEqual({ role: 'assistant', content: 'no' });
  const legacy = { role: 'assistant', function_call: { name: 'f', arguments: '{}' } };
  expect(edit(legacy, without)).toEqual({ role: 'assistant', content: 'no' });
});

it.each(['reasoning', 'reasoning_content'])('an edit of reasoning goes into the field that had it: %s', (field) => {
  const message = { role: 'assistant', content: 'so', [field]: 'hm' };
  expect(edit(message, (read) => ({ ...read, reasoning: 'oh' }))).toEqual({ ...message, [field]: 'oh' });
});

it('a call stays of its kind, with all that it had, where its message has to be written anew', () => {
  const content = {
    messages: [
      { role: 'assistant', content: 'old', vendor: 1 },
      { role: 'assistant', content: 'so', vendor: 2, tool_calls: [custom, call] },
    ],
  };
  const before = openaiChat.decodeRequest(content)!;
  const [, calling] = before.messages;
  const [first, second] = calling!.tool_calls!;
  // Its calls are divided among two messages: neither is the one that it was.
  const messages: AnnotatedMessage[] = [
    { role: 'assistant', content: 'a', tool_calls: [{ ...first!, arguments: 'more text' }] },
    {
      role: 'assistant',
      content: 'b',
      tool_calls: [
        { ...second!, arguments: { a: 2 } },
        { ...first!, id: 'c1' },
      ],
    },
  ];
  const encoded = openaiChat.encodeRequest({ ...before, messages: [...messages, messages[0]!] }, content);
  const { messages: written } = encoded as { messages: readonly { tool_calls: readonly unknown[] }[] };
  expect(written[0]?.tool_calls).toEqual([{ ...custom, custom: { ...custom.custom, input: 'more text' } }]);
  expect(written[2]).toEqual({ role: 'assistant', content: 'a', tool_calls: written[0]?.tool_calls });
  expect(written[1]?.tool_calls[0]).toEqual({ ...call, function: { ...call.function, arguments: '{"a":2}' } });
});
