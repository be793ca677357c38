// SPDX-License-Identifier: Apache-2.0
import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type RequestListener } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { gunzipSync } from 'node:zlib';

import { decodeLogs, type DecodedLogRecord } from './decode-logs.ts';
import { decodeMetrics, type DecodedMetric } from './decode-metrics.ts';
import { decodeTraces, type DecodedSpan } from './decode.ts';
import type { ServerTls } from './server-tls.ts';

/** How the collector misbehaves. Requests are recorded in every case; what they hold only if answered with a status below 300. */
export interface CollectorOptions {
  /** The signals it knows; the others' paths are answered with 404. Default all. */
  readonly signals?: readonly ('traces' | 'metrics' | 'logs')[];
  /** Status of each answer: one for all, or one per request with the last repeated. */
  readonly status?: number | readonly number[];
  /** Milliseconds before each answer. */
  readonly delay?: number;
  /** Never answers. */
  readonly hang?: boolean;
  readonly tls?: ServerTls;
}

export interface CollectorRequest {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  /** As sent, before decompression. */
  readonly bytes: number;
  readonly spans: readonly DecodedSpan[];
  readonly metrics: readonly DecodedMetric[];
  readonly logs: readonly DecodedLogRecord[];
}

type Received = Pick<CollectorRequest, 'spans' | 'metrics' | 'logs'>;

/** An OTLP receiver on an ephemeral port of the loopback interface. */
export interface Collector {
  /** For `OTEL_EXPORTER_OTLP_ENDPOINT`. */
  readonly url: string;
  readonly spans: readonly DecodedSpan[];
  /** Of every collection, in order of arrival. */
  readonly metrics: readonly DecodedMetric[];
  readonly logs: readonly DecodedLogRecord[];
  /** Resource attributes of spans, one entry per distinct resource. */
  readonly resources: readonly Readonly<Record<string, unknown>>[];
  readonly requests: readonly CollectorRequest[];
  /** Resolves with all spans as soon as there are `count`; rejects after `timeout` milliseconds, saying what did arrive. */
  waitForSpans(count: number, timeout?: number): Promise<readonly DecodedSpan[]>;
  /** Resolves as soon as what has arrived is enough; rejects after 10 seconds. */
  waitUntil(enough: (collector: Collector) => boolean): Promise<void>;
  close(): Promise<void>;
}

const NOTHING: Received = { spans: [], metrics: [], logs: [] };

export async function startCollector(options: CollectorOptions = {}): Promise<Collector> {
  const spans: DecodedSpan[] = [];
  const metrics: DecodedMetric[] = [];
  const logs: DecodedLogRecord[] = [];
  const requests: CollectorRequest[] = [];
  const watchers = new Set<() => void>();
  const statuses = [options.status ?? 200].flat();
  const paths = (options.signals ?? ['traces', 'metrics', 'logs']).map((signal) => `/v1/${signal}`);

  const onRequest: RequestListener = async (request, response) => {
    const body = await read(request);
    const received = decode(request, body);
    const path = request.url ?? '';
    requests.push({ path, headers: request.headers, bytes: body.length, ...(received ?? NOTHING) });
    const asked = statuses[Math.min(requests.length, statuses.length) - 1] ?? 200;
    const status = !paths.includes(path) ? 404 : received === undefined ? 400 : asked;
    if (status < 300 && options.hang !== true && received !== undefined) {
      spans.push(...received.spans);
      metrics.push(...received.metrics);
      logs.push(...received.logs);
    }
    for (const check of watchers) check();
    if (options.hang === true) return;
    if (options.delay !== undefined) await new Promise((resolve) => setTimeout(resolve, options.delay));
    response.writeHead(status, { 'content-type': request.headers['content-type'] ?? 'text/plain' });
    response.end(status < 300 && request.headers['content-type']?.startsWith('application/json') ? '{}' : undefined);
  };
  const { tls } = options;
  const mutual = tls?.clientCa === undefined ? {} : { ca: tls.clientCa, requestCert: true };
  const server = tls === undefined ? createServer(onRequest) : createTlsServer({ ...tls, ...mutual }, onRequest);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');

  function wait(enough: () => boolean, describe: () => string, timeout = 10_000): Promise<void> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        watchers.delete(check);
        reject(new Error(`waited ${timeout} ms for ${describe()}`));
      }, timeout);
      const check = (): void => {
        if (!enough()) return;
        watchers.delete(check);
        clearTimeout(timer);
        resolve();
      };
      watchers.add(check);
      check();
    });
  }

  const collector: Collector = {
    url: `${tls === undefined ? 'http' : 'https'}://127.0.0.1:${(server.address() as AddressInfo).port}`,
    spans,
    metrics,
    logs,
    requests,
    get resources() {
      const distinct = new Map(spans.map((span) => [JSON.stringify(span.resource), span.resource]));
      return [...distinct.values()];
    },
    async waitForSpans(count, timeout) {
      const arrived = (): string =>
        `${count} spans; ${spans.length} arrived: ${spans.map(({ name }) => name).join(', ')}`;
      await wait(() => spans.length >= count, arrived, timeout);
      return spans;
    },
    waitUntil: (enough) =>
      wait(
        () => enough(collector),
        () => `enough; ${requests.length} requests came`,
      ),
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
  return collector;
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

function decode(request: IncomingMessage, body: Buffer): Received | undefined {
  const type = request.headers['content-type'] ?? '';
  try {
    const plain = request.headers['content-encoding'] === 'gzip' ? gunzipSync(body) : body;
    if (request.url === '/v1/metrics') return { ...NOTHING, metrics: decodeMetrics(type, plain) };
    if (request.url === '/v1/logs') return { ...NOTHING, logs: decodeLogs(type, plain) };
    return { ...NOTHING, spans: decodeTraces(type, plain) };
  } catch {
    return undefined;
  }
}
