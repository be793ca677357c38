// SPDX-License-Identifier: Apache-2.0
import { createRequire } from 'node:module';
import type OpenAI from 'openai';
import { loadPeer } from './peers.ts';
import { BODY, COMPLETION, streamedText } from './payloads.ts';
import { eventsOf, streamedResponse } from './streamed-response.ts';
import type { System } from './system.ts';

const own = createRequire(import.meta.url);

interface OpenAIModule {
  readonly OpenAI: typeof OpenAI;
}

/** An OpenAI client over a stub of `fetch`. Loaded by `require`, which every instrumentation hooks. */
function openClient(major: 6 | 7, respond: () => Response): OpenAI {
  const { OpenAI } = major === 6 ? loadPeer<OpenAIModule>('openai') : (own('openai') as OpenAIModule);
  return new OpenAI({ apiKey: 'none', baseURL: 'http://stub.invalid/v1', fetch: async () => respond() });
}

/** One chat completion. */
export function createClientCall({ client }: System, major: 6 | 7): () => Promise<unknown> {
  const text = JSON.stringify(COMPLETION);
  const openai = openClient(major, () => new Response(text, { headers: { 'content-type': 'application/json' } }));
  return client === undefined ? async () => openai.chat.completions.create(BODY) : async () => client(openai, BODY);
}

/** One streamed chat completion, read to its end. */
export function createClientStream(major: 6 | 7, chunks: number): () => Promise<unknown> {
  const events = eventsOf(streamedText(chunks));
  const openai = openClient(major, () => streamedResponse(events));
  return async () => {
    let seen = 0;
    for await (const chunk of await openai.chat.completions.create({ ...BODY, stream: true }))
      if (chunk.choices.length > 0) seen++;
    if (seen !== chunks) throw new Error(`${seen} chunks arrived of ${chunks}`);
  };
}
