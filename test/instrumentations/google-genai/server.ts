// SPDX-License-Identifier: Apache-2.0
import { agentModel } from '../../support/gemini-server/agent-model.ts';
import type { Reply } from '../../support/gemini-server/reply.ts';
import { type GeminiServer, startGeminiServer } from '../../support/gemini-server/server.ts';
import type { RecordedRequest } from '../../support/model-server/recorded-request.ts';

const never = new Promise<never>(() => undefined);
const ids = (prefix: string): string => `${prefix}-1`;
const error = (status: number): Reply => ({ status, error: { message: 'no', details: [] } });

function hop(request: RecordedRequest): Reply {
  const { contents, continuationToken, generationConfig } = request.body as Record<string, Record<string, unknown>>;
  const isNext = JSON.stringify([continuationToken, generationConfig, contents]).includes('token-1');
  const first = { content: { role: 'model', parts: [{ text: 'one ' }] }, continuationToken: 'token-1' };
  const candidates = isNext
    ? [{ content: { role: 'model', parts: [{ text: 'two' }] }, finishReason: 'STOP' }]
    : [{ ...first, finishReason: 'CONTINUATION' }];
  const usageMetadata = { promptTokenCount: 2, candidatesTokenCount: 1, totalTokenCount: 3 };
  const text = JSON.stringify({ candidates, usageMetadata });
  const isStream = request.path.endsWith('streamGenerateContent');
  const type = isStream ? 'text/event-stream' : 'application/json';
  return { raw: isStream ? `data: ${text}\n\n` : text, headers: { 'content-type': type } };
}

const event = (text: string): Reply => ({ raw: text, headers: { 'content-type': 'text/event-stream' } });

/** Asks a function for three cities at once. */
const threeCities =
  (idOf: (city: string) => object) =>
  ({ body }: RecordedRequest): Reply => {
    const { length } = (body as { contents: unknown[] }).contents;
    if (length > 1) return { text: 'done', ids };
    const cities = ['Oslo', 'Rome', 'Paris'];
    return { toolCalls: cities.map((city) => ({ name: 'news', arguments: { city }, ...idOf(city) })), ids };
  };

/** By the end of the base URL: what is answered to the requests there, one after the other; or to all. */
const SCRIPTS: Readonly<Record<string, readonly Reply[] | ((request: RecordedRequest) => Reply)>> = {
  thoughts: () => ({ text: 'Hello there', thoughts: 'A greeting.', ids }),
  blocked: () => ({ blockReason: 'SAFETY', ids }),
  errors: [
    error(400),
    error(429),
    { raw: '<p>gone</p>', status: 502, headers: { 'content-type': 'text/html' } },
    error(500),
    { drop: true },
  ],
  broken: [
    { raw: 'not json', headers: { 'content-type': 'application/json' } },
    { text: 'one two three', ids, errorAfterChunks: 1 },
    event('data: {"candidates":[]\n\n'),
    { text: 'one two three', ids, failAfterChunks: 0 },
  ],
  cut: [event('data: {"candidates":[{"content":{"role":"model","parts":[{"text":"a"}]}}]}\n\ndata: {"cand')],
  retries: [error(503), { text: 'at last', ids }, error(503), error(503), error(503)],
  aborted: [
    { hang: true },
    { text: 'one two three', ids, gate: (chunk) => (chunk === 1 ? never : undefined) },
    { hang: true },
  ],
  left: () => ({ text: 'one two three', ids, gate: (chunk) => (chunk === 1 ? never : undefined) }),
  continued: hop,
  'one-of-three': threeCities(() => ({})),
  'one-of-three-with-ids': threeCities((city) => ({ id: `call-${city}` })),
  'tried-again': [error(503), error(429), { drop: true }, { text: 'at last', ids }],
};

/** A server that has answers for every operation of the applications here. */
export function startServer(): Promise<GeminiServer> {
  return startGeminiServer({
    reply: (request, turn) => {
      const [, what = ''] = /-\w+-([^/]+)\/v1/.exec(request.base) ?? [];
      const script = SCRIPTS[what];
      if (typeof script === 'function') return script(request);
      return script?.[turn] ?? { ...agentModel(request), ids };
    },
  });
}
