// SPDX-License-Identifier: Apache-2.0
import type * as Http from 'node:http';
import type * as Https from 'node:https';
import type * as Zlib from 'node:zlib';

/** One receiver, in values that can be handed to a worker thread. */
export interface PostTarget {
  /** Whether requests are gRPC; else they are HTTP. */
  readonly grpc: boolean;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly compression: 'none' | 'gzip';
  readonly tls: { readonly ca?: string; readonly cert?: string; readonly key?: string };
}

/** What came of one request. `answered` tells a busy receiver from one that is not there, `code` what an answer's status was. */
export type PostResult =
  | { readonly status: 'delivered'; readonly answer: Uint8Array }
  | { readonly status: 'failed'; readonly reason: string; readonly code?: number }
  | {
      readonly status: 'retry';
      readonly reason: string;
      readonly answered: boolean;
      readonly afterMillis: number | undefined;
    };

/** What {@link post} takes from Node. `agent` keeps connections and must not keep the process; without it nothing is shared. */
export interface PostModules {
  readonly http: typeof Http;
  readonly https: typeof Https;
  readonly zlib: typeof Zlib;
  readonly agent?: Http.Agent;
}

/**
 * Sends one OTLP request over HTTP; never rejects. The thread that delivers at exit runs the source text of this function, so
 * it refers to nothing but its parameters and globals.
 */
export function post(
  target: PostTarget,
  body: Uint8Array,
  timeoutMillis: number,
  node: PostModules,
): Promise<PostResult> {
  const transient = new Set([
    'ECONNRESET',
    'ECONNREFUSED',
    'EPIPE',
    'ETIMEDOUT',
    'EAI_AGAIN',
    'ENOTFOUND',
    'ENETUNREACH',
    'EHOSTUNREACH',
  ]);
  return new Promise((resolve) => {
    const fail = (error: NodeJS.ErrnoException): void => {
      clearTimeout(timer);
      const reason = error.message || String(error.code);
      if (transient.has(error.code ?? ''))
        resolve({ status: 'retry', reason, answered: false, afterMillis: undefined });
      else resolve({ status: 'failed', reason });
    };
    const answer = (response: Http.IncomingMessage): void => {
      const { statusCode: code = 0, statusMessage } = response;
      const after = response.headers['retry-after'];
      const afterMillis =
        after === undefined ? undefined : Number(after) * 1000 || Date.parse(after) - Date.now() || undefined;
      const chunks: Buffer[] = [];
      let size = 0;
      // The status decides; of the body only what an honest receiver may want to say is kept.
      response.on('data', (chunk: Buffer) => (size += chunk.length) < 65_536 && chunks.push(chunk));
      response.on('error', () => undefined);
      response.on('close', () => {
        clearTimeout(timer);
        const reason = `HTTP ${code} ${statusMessage}`;
        if (code >= 200 && code < 300) resolve({ status: 'delivered', answer: Buffer.concat(chunks) });
        else if ([429, 502, 503, 504].includes(code)) resolve({ status: 'retry', reason, answered: true, afterMillis });
        else resolve({ status: 'failed', reason, code });
      });
    };
    const send = (bytes: Uint8Array): void => {
      const { url, tls, compression } = target;
      const headers = compression === 'gzip' ? { ...target.headers, 'content-encoding': 'gzip' } : target.headers;
      const { agent } = node;
      const options = { method: 'POST', headers, ...tls, ...(agent ? { agent } : {}) };
      request = (url.startsWith('https:') ? node.https : node.http).request(url, options, answer).on('error', fail);
      if (agent) request.on('socket', (socket) => socket.unref());
      request.end(bytes);
    };
    let request: Http.ClientRequest | undefined;
    const timer = setTimeout(() => {
      fail(new Error(`no answer within ${Math.round(timeoutMillis)} ms`));
      request?.destroy();
    }, timeoutMillis);
    if (node.agent) timer.unref();
    try {
      if (target.compression === 'none') send(body);
      else node.zlib.gzip(body, (error, bytes) => (error ? fail(error) : send(bytes)));
    } catch (error) {
      fail(error as Error);
    }
  });
}
