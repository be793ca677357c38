// SPDX-License-Identifier: Apache-2.0

import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';

import type { Exchange } from './recorded-request.ts';
import type { ModelAnswer, Pace, ReplyHead } from './reply.ts';

/** A streamed body, already in the provider's framing. */
export interface EventStream<ReplyError> {
  readonly events: readonly string[];
  /** Sent after the last event, like `data: [DONE]`. */
  readonly end?: string;
  /** The event that tells of an error instead of the one with this index. */
  readonly failure: (error: ReplyError, index: number) => string;
}

/** The headers of every answer; those of the script come last and win. */
export function writeHead(
  exchange: Exchange,
  head: ReplyHead,
  contentType: string,
  more: Readonly<Record<string, string>> = {},
): void {
  exchange.response.writeHead(head.status ?? 200, {
    'content-type': contentType,
    ...exchange.wire.headers(head.ids),
    ...more,
    ...head.headers,
  });
}

/** Sends a JSON body in one piece. */
export async function sendJson(
  exchange: Exchange,
  head: Pick<ModelAnswer<unknown>, keyof ReplyHead | keyof Pace<unknown> | 'compress'>,
  body: object,
): Promise<void> {
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

/** Sends events one by one; waits whenever the client does not read, stops when it leaves. */
export async function sendEvents<ReplyError extends object>(
  exchange: Exchange,
  answer: ModelAnswer<ReplyError>,
  stream: EventStream<Partial<ReplyError>>,
): Promise<void> {
  const { response } = exchange;
  writeHead(exchange, answer, 'text/event-stream; charset=utf-8', { 'cache-control': 'no-cache' });
  response.flushHeaders();
  for (const [index, event] of stream.events.entries()) {
    if (!(await hold(exchange, answer, index))) return;
    if (answer.failAfterChunks === index) return cutAfterSending(exchange);
    if (answer.errorAfterChunks === index) {
      response.end(stream.failure(answer.error ?? {}, index));
      return;
    }
    if (!(await write(exchange, event))) return;
  }
  if (answer.failAfterChunks !== undefined) return cutAfterSending(exchange);
  response.end(stream.end);
}

/** Waits for the script's pace; false when the client left meanwhile. */
async function hold(exchange: Exchange, pace: Pace<unknown>, chunk: number): Promise<boolean> {
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
