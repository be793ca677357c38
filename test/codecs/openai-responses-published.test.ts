// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from 'vitest';
import type { AnnotatedRequest } from '../../src/codecs/annotated.ts';
import { openaiResponses } from '../../src/codecs/index.ts';
import { begun, endings, passing, unfinished } from './fixtures/openai-responses-events.ts';
import { inputItems, outputItems, parts, tools } from './fixtures/openai-responses-items.ts';
import { fieldValues, publishedTypes } from './published-types.ts';

const types = publishedTypes('openai/resources/responses/responses.d.ts');
const request = { model: 'm', input: inputItems, tools };

function decode(content: unknown): AnnotatedRequest {
  const decoded = openaiResponses.decodeRequest(content);
  if (!decoded) throw new Error('not a Responses request');
  return decoded;
}

function kinds(samples: readonly object[]): readonly string[] {
  const named = samples.flatMap((sample) => ('type' in sample ? [String(sample.type)] : []));
  return [...new Set(named)].toSorted();
}

/** A message need not name its type. */
function typeOf(item: object): string | undefined {
  if ('type' in item) return String(item.type);
  return 'role' in item ? 'message' : undefined;
}

function accumulate(events: readonly object[]): unknown {
  const accumulator = openaiResponses.accumulator();
  for (const event of events) accumulator.push(event);
  return accumulator.response();
}

it('the samples have every kind of input item, output item, content part, tool and stream event that the SDK publishes', () => {
  expect(kinds(inputItems)).toEqual(fieldValues(types, 'ResponseInputItem', 'type'));
  expect(kinds(outputItems)).toEqual(fieldValues(types, 'ResponseOutputItem', 'type'));
  expect(kinds(parts)).toEqual(fieldValues(types, 'ResponseInputContent', 'type'));
  expect(kinds(tools)).toEqual(fieldValues(types, 'Tool', 'type'));
  const events = [...begun, ...endings, ...passing, ...unfinished.flatMap((sample) => sample.events)];
  const items = ['response.output_item.added', 'response.output_item.done'];
  expect([...kinds(events), ...items].toSorted()).toEqual(fieldValues(types, 'ResponseStreamEvent', 'type'));
});

describe('a Responses request with everything in it', () => {
  it('comes back as itself when nothing was edited, whole and item by item', () => {
    expect(openaiResponses.encodeRequest(structuredClone(decode(request)), request)).toBe(request);
    for (const item of inputItems) {
      const single = { model: 'm', input: [item] };
      expect(openaiResponses.encodeRequest(structuredClone(decode(single)), single)).toBe(single);
    }
  });

  it('shows every item whole that no message can say', () => {
    const modelled = [
      'message',
      'reasoning',
      'function_call',
      'function_call_output',
      'custom_tool_call',
      'custom_tool_call_output',
    ];
    const native = inputItems.filter((item) => !modelled.includes(typeOf(item) ?? ''));
    expect(native.length).toBeGreaterThan(20);
    expect(decode({ input: native }).messages).toEqual(
      native.map((item) => ({ role: typeOf(item) ?? 'unknown', content: item })),
    );
  });

  it.each(inputItems.map((item, index) => [typeOf(item) ?? 'without type', index] as const))(
    'keeps every other object when the item %s at %i is taken out, and when a message is put before it',
    (_, index) => {
      const decoded = structuredClone(decode(request));
      const encode = (messages: AnnotatedRequest['messages']) =>
        (openaiResponses.encodeRequest({ ...decoded, messages }, request) as typeof request).input;
      const fresh = { role: 'user', content: 'put in between' } as const;
      const without = encode(decoded.messages.toSpliced(index, 1));
      const added = encode(decoded.messages.toSpliced(index, 0, fresh));
      expect(without).toHaveLength(inputItems.length - 1);
      expect(without.every((item, at) => item === inputItems[at < index ? at : at + 1])).toBe(true);
      expect(added).toHaveLength(inputItems.length + 1);
      expect(added[index]).toEqual(fresh);
      expect(added.toSpliced(index, 1).every((item, at) => item === inputItems[at])).toBe(true);
    },
  );

  it('writes an edit of an item that no message can say into that item alone', () => {
    const decoded = structuredClone(decode(request));
    const index = decoded.messages.findIndex((message) => message.role === 'additional_tools');
    const content = { type: 'additional_tools', role: 'developer', tools: [] };
    const messages = decoded.messages.with(index, { role: 'additional_tools', content });
    const { input } = openaiResponses.encodeRequest({ ...decoded, messages }, request) as typeof request;
    expect(input[index]).toEqual(content);
    expect(input.toSpliced(index, 1).every((item, at) => item === inputItems[at < index ? at : at + 1])).toBe(true);
  });
});

it('a response with every kind of output item is decoded, its calls and texts among the others', () => {
  expect(openaiResponses.decodeResponse({ id: 'r', status: 'completed', output: outputItems })).toEqual({
    id: 'r',
    message: 'Hello\nNo.',
    reasoning: 'Thinking.',
    tool_calls: [
      { id: 'c1', name: 'add', arguments: { a: 1 } },
      { id: 'c2', name: 'sql', arguments: 'select 1' },
    ],
    finish_reason: 'tool_use',
    finish_reasons: ['completed'],
  });
});

describe('a Responses stream', () => {
  it.each(unfinished.map((sample) => [sample.item.type, sample] as const))(
    'that is cut off knows of an item %s what its events told',
    (_, { item, events, known }) => {
      const added = { type: 'response.output_item.added', output_index: 0, item };
      expect(accumulate([...begun, added, ...events])).toMatchObject({ id: 'r', output: [{ ...item, ...known }] });
    },
  );

  it.each(unfinished.filter(({ known }) => !('status' in known)).map((sample) => [sample.item.type, sample] as const))(
    'that is cut off guesses an item %s that was never announced',
    (type, { events, known }) => {
      const told = 'action' in known ? { action: { commands: ['ls -l', 'pwd'] } } : known;
      expect(accumulate([...begun, ...events])).toMatchObject({ id: 'r', output: [{ type, ...told }] });
    },
  );

  it.each(unfinished.map((sample) => [sample.item.type, sample] as const))(
    'takes a finished item %s as it is, whatever came before and comes after',
    (_, { item, events }) => {
      const done = { type: 'response.output_item.done', output_index: 0, item };
      expect(accumulate([...begun, ...events, done, ...events])).toMatchObject({ output: [item] });
    },
  );

  it.each(passing.map((event) => [event.type, event] as const))('is not changed by %s', (_, event) => {
    const item = { type: 'mcp_list_tools', id: 'i', server_label: 'docs', tools: [] };
    const before = [...begun, { type: 'response.output_item.added', output_index: 0, item }];
    expect(accumulate([...before, event])).toEqual(accumulate(before));
  });

  it.each(endings.map((event) => [event.type, event] as const))('ends with %s', (_, event) => {
    const status = 'response' in event ? event.response.status : 'failed';
    expect(accumulate([...begun, event])).toMatchObject({ id: 'r', status });
  });

  it('gives a response that later events do not reach into', () => {
    const accumulator = openaiResponses.accumulator();
    const delta = { type: 'response.output_text.delta', output_index: 0, content_index: 0, delta: 'a' };
    accumulator.push(delta);
    const first = accumulator.response();
    const copy = structuredClone(first);
    accumulator.push(delta);
    expect(first).toEqual(copy);
    expect(accumulator.response()).not.toEqual(copy);
  });
});
