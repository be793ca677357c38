// SPDX-License-Identifier: Apache-2.0

import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';

import { freshId } from './ids.ts';
import type { JsonObject } from './json.ts';
import type { Exchange } from './recorded-request.ts';
import type { AnswerReply, MakeId, Pace, ReplyError } from './reply.ts';

interface Head {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly ids?: MakeId;
}

/** The headers of every answer; those of the script come last and win. */
export function writeHead(
  exchange: Exchange,
  head: Head,
  contentType: string,
  more: Record<string, string> = {},
): void {
  exchange.response.writeHead(head.status ?? 200, {
    'content-type': contentType,
    'openai-version': '2020-10-01',
    'openai-processing-ms': '12',
    'x-request-id': (head.ids ?? freshId)('req'),
    'x-ratelimit-limit-requests': '10000',
    'x-ratelimit-remaining-requests': '9999',
    ...more,
    ...head.headers,
  });
}

/** Sends a JSON body in one piece. */
export async function sendJson(exchange: Exchange, head: AnswerReply, body: JsonObject): Promise<void> {
  const text = Buffer.from(JSON.stringify(body, null, 2));
  const bytes = head.compress ? gzipSync(text) : text;
  const encoding: Record<string, string> = head.compress ? { 'content-encoding': 'gzip' } : {};
  if (!(await hold(exchange, head, 0))) return;
  writeHead(exchange, head, 'application/json', { ...encoding, 'content-length': String(bytes.length) });
  if (head.failAfterChunks !== undefined) {
    exchange.response.write(bytes.subarray(0, bytes.length >> 1));
    return cutAfterSending(exchange);
  }
  exchange.countChunk();
  exchange.response.end(bytes);
}

/** Sends the provider's error body. */
export async function sendError(exchange: Exchange, head: Head, error: ReplyError): Promise<void> {
  await sendJson(exchange, head, { error: errorBody(error, head.status ?? 500) });
}

/** Sends events one by one; waits whenever the client does not read, stops when it leaves. */
export async function sendEvents(
  exchange: Exchange,
  answer: AnswerReply,
  events: readonly JsonObject[],
  form: 'data' | 'typed',
): Promise<void> {
  const { response } = exchange;
  writeHead(exchange, answer, 'text/event-stream; charset=utf-8', { 'cache-control': 'no-cache' });
  response.flushHeaders();
  for (const [index, event] of events.entries()) {
    if (!(await hold(exchange, answer, index))) return;
    if (answer.failAfterChunks === index) return cutAfterSending(exchange);
    if (answer.errorAfterChunks === index) {
      response.end(errorEvent(answer.error ?? {}, form, index));
      return;
    }
    if (!(await write(exchange, form === 'typed' ? typedEvent(event) : `data: ${JSON.stringify(event)}\n\n`))) return;
  }
  if (answer.failAfterChunks !== undefined) return cutAfterSending(exchange);
  response.end(form === 'data' ? 'data: [DONE]\n\n' : undefined);
}

function typedEvent(event: JsonObject): string {
  return `event: ${String(event.type)}\ndata: ${JSON.stringify(event)}\n\n`;
}

function errorEvent(error: ReplyError, form: 'data' | 'typed', sequence: number): string {
  const body = errorBody(error, 500);
  if (form === 'data') return `data: ${JSON.stringify({ error: body })}\n\n`;
  const { code, message, param } = body;
  return typedEvent({ type: 'error', code, message, param, sequence_number: sequence });
}

function errorBody(error: ReplyError, status: number): JsonObject {
  return {
    message: error.message ?? 'The server had an error while processing your request.',
    type: error.type ?? (status >= 500 ? 'server_error' : 'invalid_request_error'),
    param: error.param ?? null,
    code: error.code ?? null,
  };
}

/** Waits for the script's pace; false when the client left meanwhile. */
async function hold(exchange: Exchange, pace: Pace, chunk: number): Promise<boolean> {
  if (pace.chunkDelay) await delay(pace.chunkDelay, undefined, { signal: exchange.signal }).catch(() => undefined);
  const gate = pace.gate?.(chunk);
  if (gate) await Promise.race([gate, exchange.request.closed]);
  return !exchange.signal.aborted;
}

/** What was written before is in the kernel's hands when the socket closes, so the client can still read it. */
function cutAfterSending(exchange: Exchange): Promise<void> {
  return new Promise((resolve) => {
    exchange.response.write('', () => {
      exchange.cut();
      resolve();
    });
  });
}

async function write(exchange: Exchange, text: string): Promise<boolean> {
  const ready = exchange.response.write(text);
  exchange.countChunk();
  if (!ready) await once(exchange.response, 'drain', { signal: exchange.signal }).catch(() => undefined);
  return !exchange.signal.aborted;
}
