// SPDX-License-Identifier: Apache-2.0
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { bedrockConverse } from '../../src/codecs/bedrock-converse.ts';
import { stream } from './fixtures/bedrock-blocks.ts';

function accumulate(events: readonly unknown[]): unknown {
  const accumulator = bedrockConverse.accumulator();
  for (const event of events) accumulator.push(event);
  const response = accumulator.response();
  expect(accumulator.response()).toEqual(response);
  return response;
}

const delta = (sent: unknown, contentBlockIndex = 0) => ({ contentBlockDelta: { contentBlockIndex, delta: sent } });

it('joins a stream with everything in it into the response that says the same', () => {
  const response = accumulate(stream);
  expect(response).toEqual({
    output: {
      message: {
        role: 'assistant',
        content: [
          { reasoningContent: { reasoningText: { text: 'Let me.', signature: 'c2ln' } } },
          { reasoningContent: { redactedContent: new Uint8Array([1, 2, 3]) } },
          { text: 'It is.' },
          { toolUse: { toolUseId: 't1', name: 'add', input: { a: 1 } } },
          { toolUse: { toolUseId: 't2', name: 'now', input: {} } },
          {
            citationsContent: {
              content: [{ text: 'Cited.' }],
              citations: [{ title: 'T', sourceContent: [{ text: 'c' }] }],
            },
          },
          { toolResult: { toolUseId: 's1', status: 'success', content: [{ text: 'Found.' }, { json: { x: 1 } }] } },
          { image: { format: 'png', source: { bytes: new Uint8Array([1, 2, 3, 1, 2, 3]) } } },
        ],
      },
    },
    stopReason: 'tool_use',
    additionalModelResponseFields: { x: 1 },
    usage: { inputTokens: 3, outputTokens: 4, totalTokens: 7 },
    metrics: { latencyMs: 9 },
    trace: { promptRouter: { invokedModelId: 'amazon.nova-lite-v1:0' } },
  });
  expect(bedrockConverse.decodeResponse(response)).toEqual({
    model: 'amazon.nova-lite-v1:0',
    message: 'It is.\nCited.',
    reasoning: 'Let me.',
    tool_calls: [
      { id: 't1', name: 'add', arguments: { a: 1 } },
      { id: 't2', name: 'now', arguments: {} },
    ],
    finish_reason: 'tool_use',
    finish_reasons: ['tool_use'],
    usage: { input_tokens: 3, output_tokens: 4, total_tokens: 7 },
  });
});

it('gives what came of a stream that was cut off, and nothing when no event was understood', () => {
  const start = { toolUse: { toolUseId: 't', name: 'f' } };
  const content = [{ text: 'Hal' }, { toolUse: { toolUseId: 't', name: 'f', input: '{"a":' } }];
  expect(
    accumulate([
      delta({ text: 'Hal' }),
      { contentBlockStart: { contentBlockIndex: 1, start } },
      delta({ toolUse: { input: '{"a":' } }, 1),
      delta({ fromTomorrow: {} }, 2),
    ]),
  ).toEqual({ output: { message: { role: 'assistant', content } } });
  expect(accumulate([undefined, 'x', {}, { throttlingException: { message: 'no' } }, { metadata: 3 }])).toBeUndefined();
});

it('gives a response that later events do not change', () => {
  const accumulator = bedrockConverse.accumulator();
  for (const event of stream) accumulator.push(event);
  const first = accumulator.response();
  const copy = structuredClone(first);
  for (const event of stream) accumulator.push(event);
  expect(first).toEqual(copy);
});

it('does not depend on how a text is cut into events', () => {
  fc.assert(
    fc.property(fc.array(fc.string(), { minLength: 1 }), (pieces) => {
      const response = accumulate(pieces.map((text) => delta({ text })));
      expect(bedrockConverse.decodeResponse(response)?.message).toBe(pieces.join(''));
    }),
  );
});

it('ignores whatever is no event and never throws', () => {
  fc.assert(
    fc.property(fc.array(fc.anything()), (events) => {
      accumulate(events);
      accumulate(events.map((sent) => delta(sent)));
      accumulate(events.map((image) => delta({ image, reasoningContent: image, toolResult: [image] })));
      accumulate(events.map((start) => ({ contentBlockStart: { start } })));
    }),
  );
  const unreadable = { get toolUseId(): never { throw new Error('no'); } }; // prettier-ignore
  const start = { contentBlockStart: { contentBlockIndex: 0, start: { toolUse: unreadable } } };
  expect(accumulate([start, delta({ text: 'x' }, 1)])).toMatchObject({
    output: { message: { content: [{ text: 'x' }] } },
  });
  const hostile = { get contentBlockDelta(): never { throw new Error('no'); } }; // prettier-ignore
  expect(accumulate([hostile])).toBeUndefined();
});
