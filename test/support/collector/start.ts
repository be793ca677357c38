// SPDX-License-Identifier: Apache-2.0
import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gunzipSync } from 'node:zlib';

import { decodeTraces, type DecodedSpan } from './decode.ts';

/** How the collector misbehaves. Requests are recorded in every case; spans only of those answered with a status below 300. */
export interface CollectorOptions {
  /** Status of each answer: one for all, or one per request with the last repeated. */
  readonly status?: number | readonly number[];
  /** Milliseconds before each answer. */
  readonly delay?: number;
  /** Never answers. */
  readonly hang?: boolean;
}

export interface CollectorRequest {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  /** As sent, before decompression. */
  readonly bytes: number;
  readonly spans: readonly DecodedSpan[];
}

/** An OTLP receiver on an ephemeral port of the loopback interface. */
export interface Collector {
  /** For `OTEL_EXPORTER_OTLP_ENDPOINT`. */
  readonly url: string;
  readonly spans: readonly DecodedSpan[];
  /** Resource attributes, one entry per distinct resource. */
  readonly resources: readonly Readonly<Record<string, unknown>>[];
  readonly requests: readonly CollectorRequest[];
  /** Resolves with all spans as soon as there are `count`; rejects after `timeout` milliseconds, saying what did arrive. */
  waitForSpans(count: number, timeout?: number): Promise<readonly DecodedSpan[]>;
  close(): Promise<void>;
}

export async function startCollector(options: CollectorOptions = {}): Promise<Collector> {
  const spans: DecodedSpan[] = [];
  const requests: CollectorRequest[] = [];
  const watchers = new Set<() => void>();
  const statuses = [options.status ?? 200].flat();

  const server = createServer(async (request, response) => {
    const body = await read(request);
    const received = decode(request, body);
    requests.push({ path: request.url ?? '', headers: request.headers, bytes: body.length, spans: received ?? [] });
    const asked = statuses[Math.min(requests.length, statuses.length) - 1] ?? 200;
    const status = request.url !== '/v1/traces' ? 404 : received === undefined ? 400 : asked;
    if (status < 300 && options.hang !== true) spans.push(...(received ?? []));
    for (const check of watchers) check();
    if (options.hang === true) return;
    if (options.delay !== undefined) await new Promise((resolve) => setTimeout(resolve, options.delay));
    response.writeHead(status, { 'content-type': request.headers['content-type'] ?? 'text/plain' });
    response.end(status < 300 && request.headers['content-type']?.startsWith('application/json') ? '{}' : undefined);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');

  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    spans,
    requests,
    get resources() {
      const distinct = new Map(spans.map((span) => [JSON.stringify(span.resource), span.resource]));
      return [...distinct.values()];
    },
    waitForSpans: (count, timeout = 10_000) =>
      new Promise((resolve, reject) => {
        const timer = setTimeout(() => {
          watchers.delete(check);
          const names = spans.map((span) => span.name).join(', ');
          reject(new Error(`waited ${timeout} ms for ${count} spans; ${spans.length} arrived: ${names}`));
        }, timeout);
        const check = (): void => {
          if (spans.length < count) return;
          watchers.delete(check);
          clearTimeout(timer);
          resolve(spans);
        };
        watchers.add(check);
        check();
      }),
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

async function read(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  try {
    for await (const chunk of request) chunks.push(chunk as Buffer);
  } catch {
    // The sender died mid-request: what came is no request.
  }
  return Buffer.concat(chunks);
}

function decode(request: IncomingMessage, body: Buffer): DecodedSpan[] | undefined {
  try {
    const plain = request.headers['content-encoding'] === 'gzip' ? gunzipSync(body) : body;
    return decodeTraces(request.headers['content-type'] ?? '', plain);
  } catch {
    return undefined;
  }
}
