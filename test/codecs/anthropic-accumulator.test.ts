// SPDX-License-Identifier: Apache-2.0
import { BetaMessageStream } from '@anthropic-ai/sdk/lib/BetaMessageStream';
import { MessageStream } from '@anthropic-ai/sdk/lib/MessageStream';
import type { BetaRawMessageStreamEvent } from '@anthropic-ai/sdk/resources/beta/messages/messages';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { anthropicMessages } from '../../src/codecs/anthropic-messages.ts';
import { responseBlocks } from './fixtures/anthropic-blocks.ts';
import { announced, stream, streamOf } from './fixtures/anthropic-stream.ts';

function accumulate(events: readonly unknown[]): unknown {
  const accumulator = anthropicMessages.accumulator();
  for (const event of events) accumulator.push(event);
  return accumulator.response();
}

/** What the SDK's own helper makes of the events, without the field that only the helper adds. */
async function sdkMessage(
  helper: typeof MessageStream | typeof BetaMessageStream,
  events: readonly BetaRawMessageStreamEvent[],
): Promise<unknown> {
  const lines = events.map((event) => `${JSON.stringify(event)}\n`);
  const { parsed_output: _, ...message } = await helper.fromReadableStream(new Blob(lines).stream()).finalMessage();
  return JSON.parse(JSON.stringify(message));
}

describe('a stream becomes the message that the helper of the SDK makes of it', () => {
  it('with a block and a delta of every kind', async () => {
    expect(accumulate(stream)).toEqual(await sdkMessage(BetaMessageStream, stream));
  });

  it('in the API that is not beta', async () => {
    const blocks = responseBlocks.filter(({ type }) => !/^(?:mcp_|advisor_|compaction|fallback)/u.test(type));
    const events = streamOf(blocks).map((event) =>
      event.type === 'message_delta' ? { ...event, context_management: null } : event,
    );
    expect(blocks.length).toBeGreaterThan(10);
    expect(accumulate(events)).toEqual(await sdkMessage(MessageStream, events));
  });

  it('whatever blocks it has', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.constantFrom(...responseBlocks), { maxLength: 5 }), async (blocks) => {
        const events = streamOf(blocks);
        expect(accumulate(events)).toEqual(await sdkMessage(BetaMessageStream, events));
      }),
      { numRuns: 50 },
    );
  });
});

it('takes counts as totals: a later one replaces an earlier one, null and absence do not', () => {
  const usage = { input_tokens: 3, cache_read_input_tokens: 7, output_tokens: 1, cache_creation: null };
  const events = [
    { type: 'message_start', message: { ...announced, usage } },
    { type: 'message_delta', delta: {}, usage: { output_tokens: 5, input_tokens: null } },
    { type: 'message_delta', delta: { stop_reason: 'end_turn' }, usage: { output_tokens: 9, input_tokens: 4 } },
  ];
  const response = accumulate(events);
  expect(response).toMatchObject({ usage: { ...usage, input_tokens: 4, output_tokens: 9 } });
  expect(anthropicMessages.decodeResponse(response)).toMatchObject({
    finish_reason: 'complete',
    usage: { input_tokens: 11, output_tokens: 9, total_tokens: 20 },
  });
});

it('names the model that answered when the request fell back to it', () => {
  const fallback = responseBlocks.filter(({ type }) => type === 'fallback');
  expect(accumulate(streamOf(fallback))).toMatchObject({ model: 'claude-sonnet-5' });
});

describe('a stream that was cut off', () => {
  it('gives what had come, with input that is not complete as text', () => {
    const at = stream.findIndex(
      (event) => event.type === 'content_block_start' && event.content_block.type === 'tool_use',
    );
    const response = accumulate(stream.slice(0, at + 4));
    expect(response).toMatchObject({ id: 'msg_1', stop_reason: null, content: { length: 4 } });
    expect(anthropicMessages.decodeResponse(response)).toEqual({
      id: 'msg_1',
      model: 'claude-sonnet-5',
      message: 'Sunny.',
      reasoning: 'Hm.',
      tool_calls: [{ id: 'toolu_1', name: 'get_weather', arguments: '{"city":' }],
      usage: {
        input_tokens: 1320,
        output_tokens: 1,
        total_tokens: 1321,
        cache_read_tokens: 1000,
        cache_write_tokens: 300,
        cache_write_5m_tokens: 100,
        cache_write_1h_tokens: 200,
      },
    });
  });

  it('is understood without its announcements', () => {
    const delta = (index: number, delta: object): object => ({ type: 'content_block_delta', index, delta });
    const response = accumulate([
      delta(3, { type: 'compaction_delta', content: 'So far.' }),
      delta(2, { type: 'input_json_delta', partial_json: '{"a":1}' }),
      delta(0, { type: 'thinking_delta', thinking: 'Hm.' }),
      delta(1, { type: 'text_delta', text: 'Hi' }),
      { type: 'content_block_delta', delta: { type: 'compaction_delta', content: 'So far.' } },
    ]);
    expect(response).toEqual({
      type: 'message',
      role: 'assistant',
      content: [
        { type: 'thinking', thinking: 'Hm.', signature: '' },
        { type: 'text', text: 'Hi' },
        { type: 'tool_use', id: '', name: '', input: { a: 1 } },
        { type: 'compaction', content: 'So far.' },
      ],
    });
  });
});

it('knows nothing of events that say nothing', () => {
  const events = [
    null,
    'x',
    { type: 'ping' },
    { type: 'error', error: { type: 'overloaded_error', message: 'Overloaded' } },
    { type: 'content_block_stop', index: 0 },
    { type: 'content_block_start', index: 0 },
    { type: 'content_block_delta', index: 0 },
    { type: 'message_start' },
    { type: 'message_stop' },
    new Proxy(
      {},
      {
        get: () => {
          throw new Error('no');
        },
      },
    ),
  ];
  expect(accumulate(events)).toBeUndefined();
  expect(accumulate([...stream, ...events])).toEqual(accumulate(stream));
});

it('never throws, changes no event, and says the same when asked twice', () => {
  const kinds = ['message_start', 'message_delta', 'content_block_start', 'content_block_delta'];
  const part = fc.record({
    type: fc.constantFrom('text', 'text_delta', 'input_json_delta', 'thinking'),
    text: fc.anything(),
  });
  const loose = fc.record(
    {
      type: fc.constantFrom(...kinds),
      index: fc.oneof(fc.nat(3), fc.anything()),
      delta: fc.oneof(part, fc.anything()),
      message: fc.anything(),
      content_block: fc.oneof(part, fc.anything()),
      usage: fc.anything(),
    },
    { requiredKeys: ['type'] },
  );
  fc.assert(
    fc.property(fc.array(fc.oneof(loose, fc.constantFrom(...stream), fc.anything())), (events) => {
      const accumulator = anthropicMessages.accumulator();
      for (const event of events) accumulator.push(event);
      expect(accumulator.response()).toEqual(accumulator.response());
    }),
  );
  const before = JSON.stringify(stream);
  accumulate(stream);
  expect(JSON.stringify(stream)).toBe(before);
});

it('gives the same message however its text was cut into deltas', () => {
  fc.assert(
    fc.property(fc.array(fc.string({ unit: 'grapheme' }), { minLength: 1 }), (texts) => {
      const grow = (text: string): object => ({
        type: 'content_block_delta',
        index: 0,
        delta: { type: 'text_delta', text },
      });
      const start = {
        type: 'content_block_start',
        index: 0,
        content_block: { type: 'text', text: '', citations: null },
      };
      expect(accumulate([start, ...texts.map(grow)])).toEqual(accumulate([start, grow(texts.join(''))]));
    }),
  );
});
