// SPDX-License-Identifier: Apache-2.0
import { createRequire } from 'node:module';
import type Anthropic from '@anthropic-ai/sdk';
import { ANTHROPIC_BODY, ANTHROPIC_MESSAGE, anthropicStreamText } from './payloads.ts';
import { eventsOf, streamedResponse } from './streamed-response.ts';

const own = createRequire(import.meta.url);

/** An Anthropic client over a stub of `fetch`, loaded by `require`. Its own spans, which it would make for everybody, are off. */
function openClient(respond: () => Response): Anthropic {
  const { Anthropic: Client } = own('@anthropic-ai/sdk') as { readonly Anthropic: typeof Anthropic };
  const fetch = async (): Promise<Response> => respond();
  return new Client({ apiKey: 'none', baseURL: 'http://stub.invalid', openTelemetry: false, fetch });
}

/** One message. */
export function createAnthropicCall(): () => Promise<unknown> {
  const text = JSON.stringify(ANTHROPIC_MESSAGE);
  const client = openClient(() => new Response(text, { headers: { 'content-type': 'application/json' } }));
  return async () => client.messages.create(ANTHROPIC_BODY);
}

/** One streamed message, read to its end. */
export function createAnthropicStream(chunks: number): () => Promise<unknown> {
  const events = eventsOf(anthropicStreamText(chunks));
  const client = openClient(() => streamedResponse(events));
  return async () => {
    let seen = 0;
    for await (const event of await client.messages.create({ ...ANTHROPIC_BODY, stream: true }))
      if (event.type === 'content_block_delta') seen++;
    if (seen !== chunks) throw new Error(`${seen} chunks arrived of ${chunks}`);
  };
}
