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
  ['id and name of a function', call, { id: 'd', name: 'h' }, { call_id: 'd', name: 'h' }],
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
