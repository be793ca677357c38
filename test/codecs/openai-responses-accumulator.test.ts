// SPDX-License-Identifier: Apache-2.0
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { openaiResponses } from '../../src/codecs/index.ts';

function accumulate(events: readonly unknown[]): unknown {
  const accumulator = openaiResponses.accumulator();
  for (const event of events) accumulator.push(event);
  return accumulator.response();
}

const created = {
  type: 'response.created',
  response: { id: 'r', object: 'response', model: 'm', status: 'in_progress', output: [] },
};
const events = [
  created,
  { type: 'response.output_item.added', output_index: 0, item: { type: 'reasoning', id: 'rs', summary: [] } },
  { type: 'response.reasoning_summary_text.delta', output_index: 0, summary_index: 0, delta: 'Thin' },
  { type: 'response.reasoning_summary_text.delta', output_index: 0, summary_index: 0, delta: 'king.' },
  {
    type: 'response.output_item.done',
    output_index: 0,
    item: { type: 'reasoning', id: 'rs', summary: [{ type: 'summary_text', text: 'Thinking.' }] },
  },
  {
    type: 'response.output_item.added',
    output_index: 1,
    item: { type: 'message', id: 'ms', role: 'assistant', content: [] },
  },
  { type: 'response.output_text.delta', output_index: 1, content_index: 0, delta: 'Hel' },
  { type: 'response.output_text.delta', output_index: 1, content_index: 0, delta: 'lo' },
  {
    type: 'response.output_item.added',
    output_index: 2,
    item: { type: 'function_call', call_id: 'c', name: 'f', arguments: '' },
  },
  { type: 'response.function_call_arguments.delta', output_index: 2, delta: '{"a"' },
  { type: 'response.function_call_arguments.delta', output_index: 2, delta: ':1}' },
];

it.each(['completed', 'incomplete', 'failed'])('gives the response of the event response.%s as it is', (status) => {
  const response = { id: 'r', status, output: [{ type: 'message', role: 'assistant', content: [] }] };
  expect(accumulate([...events, { type: `response.${status}`, response }])).toEqual(response);
});

it('gives what the deltas gave when the stream was cut off', () => {
  expect(accumulate(events)).toEqual({
    id: 'r',
    object: 'response',
    model: 'm',
    status: 'in_progress',
    output: [
      { type: 'reasoning', id: 'rs', summary: [{ type: 'summary_text', text: 'Thinking.' }] },
      { type: 'message', id: 'ms', role: 'assistant', content: [{ type: 'output_text', text: 'Hello' }] },
      { type: 'function_call', call_id: 'c', name: 'f', arguments: '{"a":1}' },
    ],
  });
});

it('puts the items into a last event that came without output', () => {
  const response = { id: 'r', status: 'completed', output: [], usage: { input_tokens: 1 } };
  expect(accumulate([...events.slice(0, 5), { type: 'response.completed', response }])).toMatchObject({
    status: 'completed',
    usage: { input_tokens: 1 },
    output: [{ type: 'reasoning' }],
  });
});

it('keeps the error that ended a stream', () => {
  expect(accumulate([created, { type: 'error', code: 'server_error', message: 'boom' }])).toMatchObject({
    id: 'r',
    status: 'failed',
    error: { code: 'server_error', message: 'boom' },
  });
});

it('understands deltas whose item was never announced', () => {
  const text = [{ type: 'response.output_text.delta', output_index: 0, content_index: 0, delta: 'Hi' }];
  expect(openaiResponses.decodeResponse(accumulate(text))?.message).toBe('Hi');
  const custom = [{ type: 'response.custom_tool_call_input.delta', output_index: 0, delta: 'x' }];
  expect(openaiResponses.decodeResponse(accumulate(custom))?.tool_calls).toEqual([
    { id: '', name: '', arguments: 'x' },
  ]);
});

it('ignores whatever is no event and never throws', () => {
  expect(accumulate([undefined, 'x', {}, { type: 3 }, { type: 'ping' }])).toBeUndefined();
  const known = fc.constantFrom(...events.map((event) => event.type), 'error', 'response.completed');
  fc.assert(
    fc.property(
      fc.array(
        fc.oneof(
          fc.anything(),
          fc.record({ type: known, item: fc.anything(), response: fc.anything(), delta: fc.anything() }),
        ),
      ),
      (anything) => {
        accumulate(anything);
      },
    ),
  );
});
