// SPDX-License-Identifier: Apache-2.0
import type Anthropic from '@anthropic-ai/sdk';
import type { Body, Chunk } from './system.ts';

/** Tool arguments of about that many bytes of JSON: a few fields, the rest in records as a search result has them. */
export function toolPayload(bytes: number): unknown {
  const head = { city: 'Ljubljana', unit: 'celsius', days: [1, 2, 3], alerts: true };
  const record = { id: 'a1b2c3d4', score: 0.87, tags: ['warm', 'dry'], text: 'A sentence of ordinary length.' };
  const rest = bytes - JSON.stringify(head).length;
  const each = JSON.stringify(record).length + 1;
  return rest < each
    ? { ...head, note: 'x'.repeat(Math.max(0, rest - 10)) }
    : {
        ...head,
        found: Array.from({ length: Math.round(rest / each) }, (_, index) => ({ ...record, id: `a1b2c3d${index}` })),
      };
}

export const BODY: Body = {
  model: 'gpt-4o-mini',
  temperature: 0.2,
  messages: [
    { role: 'system', content: 'Answer in one sentence.' },
    { role: 'user', content: 'What is the weather in Ljubljana?' },
  ],
};

/** What the provider answers. */
export const COMPLETION: Chunk = {
  id: 'chatcmpl-1',
  object: 'chat.completion',
  created: 1_800_000_000,
  model: 'gpt-4o-mini-2024-07-18',
  choices: [
    {
      index: 0,
      message: { role: 'assistant', content: 'It is 21 degrees and dry in Ljubljana.', refusal: null },
      logprobs: null,
      finish_reason: 'stop',
    },
  ],
  usage: { prompt_tokens: 24, completion_tokens: 11, total_tokens: 35 },
};

/** A streamed answer of so many chunks, made anew each time as a parser makes them. */
export async function* streamedCompletion(chunks: number): AsyncGenerator<Chunk> {
  for (let index = 1; index <= chunks; index++) yield chunkOf(index === chunks);
}

const chunkOf = (last: boolean): Chunk => ({
  id: 'chatcmpl-1',
  object: 'chat.completion.chunk',
  created: 1_800_000_000,
  model: 'gpt-4o-mini-2024-07-18',
  choices: [{ index: 0, delta: { content: 'word ' }, logprobs: null, finish_reason: last ? 'stop' : null }],
});

/** The same as the events of an HTTP response. */
export function streamedText(chunks: number): string {
  const lines: string[] = [];
  for (let index = 1; index <= chunks; index++) lines.push(`data: ${JSON.stringify(chunkOf(index === chunks))}\n\n`);
  return `${lines.join('')}data: [DONE]\n\n`;
}

export const ANTHROPIC_BODY: Anthropic.MessageCreateParamsNonStreaming = {
  model: 'claude-opus-4-6',
  max_tokens: 200,
  system: 'Answer in one sentence.',
  messages: [{ role: 'user', content: 'What is the weather in Ljubljana?' }],
};

const message = (content: readonly object[], reason: string | null): object => ({
  id: 'msg_1',
  type: 'message',
  role: 'assistant',
  model: 'claude-opus-4-6',
  content,
  stop_reason: reason,
  stop_sequence: null,
  usage: { input_tokens: 24, output_tokens: 11 },
});

/** What Anthropic answers. */
export const ANTHROPIC_MESSAGE: object = message(
  [{ type: 'text', text: 'It is 21 degrees and dry in Ljubljana.' }],
  'end_turn',
);

/** A streamed answer of so many pieces of text, as the events of an HTTP response. */
export function anthropicStreamText(chunks: number): string {
  const events: readonly { readonly type: string; readonly [field: string]: unknown }[] = [
    { type: 'message_start', message: message([], null) },
    { type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } },
    ...Array.from({ length: chunks }, () => ({
      type: 'content_block_delta',
      index: 0,
      delta: { type: 'text_delta', text: 'word ' },
    })),
    { type: 'content_block_stop', index: 0 },
    {
      type: 'message_delta',
      delta: { stop_reason: 'end_turn', stop_sequence: null },
      usage: { output_tokens: chunks },
    },
    { type: 'message_stop' },
  ];
  return events.map((event) => `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`).join('');
}
