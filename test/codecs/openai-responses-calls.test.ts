// SPDX-License-Identifier: Apache-2.0
import { expect, it } from 'vitest';
import type { AnnotatedMessage, AnnotatedToolCall } from '../../src/codecs/annotated.ts';
import { openaiResponses } from '../../src/codecs/openai-responses.ts';

/** The input after an edit of the message that its only item was read as. */
function edit(item: object, change: (read: AnnotatedMessage) => AnnotatedMessage): unknown {
  const content = { input: [item] };
  const before = openaiResponses.decodeRequest(content)!;
  return (
    openaiResponses.encodeRequest({ ...before, messages: before.messages.map(change) }, content) as typeof content
  ).input;
}
const editCall =
  (change: Partial<AnnotatedToolCall>) =>
  (read: AnnotatedMessage): AnnotatedMessage => ({
    ...read,
    tool_calls: read.tool_calls!.map((each) => ({ ...each, ...change })),
  });

const custom = { type: 'custom_tool_call', call_id: 'c', name: 'g', input: 'free text', status: 'completed' };
const call = { type: 'function_call', call_id: 'c', name: 'f', arguments: '{"a":1}', status: 'completed' };

it.each<[string, object, Partial<AnnotatedToolCall>, object]>([
  ['the free text of a custom tool', custom, { arguments: 'more text' }, { input: 'more text' }],
  ['the input of a custom tool to an object', custom, { arguments: { a: 1 } }, { input: '{"a":1}' }],
  ['the arguments of a function', call, { arguments: { a: 2 } }, { arguments: '{"a":2}' }],
  ['the name of a function', call, { name: 'h' }, { name: 'h' }],
  ['the id of a function', call, { id: 'd' }, { call_id: 'd' }],
])('an edit of %s changes that alone', (_, item, change, expected) => {
  expect(edit(item, editCall(change))).toEqual([{ ...item, ...expected }]);
});

it('reasoning that an edit takes away leaves its item without a summary', () => {
  const item = { type: 'reasoning', id: 'r', summary: [{ type: 'summary_text', text: 'hm' }] };
  expect(edit(item, ({ reasoning: _, ...read }) => read)).toEqual([{ type: 'reasoning', id: 'r', summary: [] }]);
});

it('a message that becomes a result without id and content is one that the API can name the lack of', () => {
  expect(edit({ role: 'user', content: 'hi' }, () => ({ role: 'tool' }))).toEqual([
    { type: 'function_call_output', call_id: '', output: '' },
  ]);
});

it('a call with another id and name is another call, and gets nothing of the one before', () => {
  expect(edit(call, editCall({ id: 'd', name: 'h' }))).toEqual([
    { type: 'function_call', call_id: 'd', name: 'h', arguments: '{"a":1}' },
  ]);
});

it('calls and their results stay of their kind, with all that they had, where their message has to be written anew', () => {
  const content = { input: [custom, { ...call, call_id: 'e' }] };
  const before = openaiResponses.decodeRequest(content)!;
  const calls = before.messages.flatMap(({ tool_calls: own = [] }) => own);
  const messages = [
    { role: 'assistant', content: 'Both.', tool_calls: calls },
    { role: 'tool', tool_call_id: 'c', content: 'free' },
    { role: 'tool', tool_call_id: 'e', content: '2' },
  ];
  expect(openaiResponses.encodeRequest({ ...before, messages }, content)).toEqual({
    input: [
      { role: 'assistant', content: 'Both.' },
      ...content.input,
      { type: 'custom_tool_call_output', call_id: 'c', output: 'free' },
      { type: 'function_call_output', call_id: 'e', output: '2' },
    ],
  });
});

it('reasoning that an edit changes loses what was encrypted, which says the reasoning as it was', () => {
  const item = { type: 'reasoning', id: 'r', summary: [], encrypted_content: 'e' };
  expect(edit(item, (read) => ({ ...read, reasoning: 'x' }))).toEqual([
    { type: 'reasoning', id: 'r', summary: [{ type: 'summary_text', text: 'x' }] },
  ]);
});
