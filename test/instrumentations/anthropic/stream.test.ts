// SPDX-License-Identifier: Apache-2.0
import Anthropic from '@anthropic-ai/sdk';
import { expect, it } from 'vitest';
import type { AtofEvent } from '../../../src/atof/event.ts';
import { flow } from '../../../src/api/index.ts';
import { instrument } from '../../../src/sdk/index.ts';

const message = { id: 'm', type: 'message', role: 'assistant', model: 'claude-test', stop_reason: null, content: [] };

/** The events of a stream in which these pieces come, each block of one kind, as text: `pad` stands before the last brace. */
function streamOf(kind: 'text' | 'thinking', pieces: readonly string[], pad: string): string {
  const events = [
    { type: 'message_start', message: { ...message, usage: { input_tokens: 3, output_tokens: 1 } } },
    { type: 'content_block_start', index: 0, content_block: { type: kind, [kind]: '' } },
    ...pieces.map((piece) => ({
      type: 'content_block_delta',
      index: 0,
      delta: { type: `${kind}_delta`, [kind]: piece },
    })),
    { type: 'content_block_stop', index: 0 },
    { type: 'message_delta', delta: { stop_reason: 'end_turn' }, usage: { output_tokens: 9 } },
    { type: 'message_stop' },
  ];
  return events
    .map((event) => `event: ${event.type}\ndata: ${JSON.stringify(event).replace(/\}$/, `${pad}}`)}\n\n`)
    .join('');
}

it('a stream is told as what its pieces add up to, with escapes and without, whatever the form of its events', async () => {
  expect(instrument(Anthropic)).toBe(true);
  const told: AtofEvent[] = [];
  const added = flow.addSubscriber('test', (event) => void told.push(event as AtofEvent));
  const pieces = ['Grüße, ', '日本 🙂 ', 'a "quote" ', '\\', '\n\ttab', '{"type":"text_delta"}', '', ' end'];
  for (const kind of ['text', 'thinking'] as const)
    for (const pad of ['', '    ', '\t', ',"more":1']) {
      const fetch = async (): Promise<Response> =>
        new Response(streamOf(kind, pieces, pad), { headers: { 'content-type': 'text/event-stream' } });
      const client = new Anthropic({ apiKey: 'k', fetch: fetch as never });
      const messages = [{ role: 'user' as const, content: 'hi' }];
      const stream = client.messages.stream({ model: 'claude-test', max_tokens: 9, messages });
      const [block] = (await stream.finalMessage()).content;
      await flow.flush();
      expect(told.at(-1)).toMatchObject({
        scope_category: 'end',
        data: { content: [{ type: kind, [kind]: pieces.join('') }], usage: { input_tokens: 3, output_tokens: 9 } },
      });
      expect(block).toMatchObject({ type: kind, [kind]: pieces.join('') });
    }
  added.remove();
});
