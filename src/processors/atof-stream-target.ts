// SPDX-License-Identifier: Apache-2.0
import type * as Http from 'node:http';
import type * as Https from 'node:https';

/** Where a stream goes, checked. */
export interface StreamTarget {
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly timeoutMillis: number;
}

/** What came of one attempt to send. `retry`: the same may succeed a little later. */
export type Attempt =
  | { readonly sent: true }
  | {
      readonly sent: false;
      readonly retry: boolean;
      readonly reason: string;
      readonly afterMillis?: number | undefined;
    };

/** Carries lines to a receiver. None of what it waits for keeps the process. */
export interface StreamTransport {
  /** Tries once to send the lines, in order. Never rejects. */
  send(lines: readonly string[]): Promise<Attempt>;
  /** Waits until the receiver has all that was sent, as far as the transport can tell. Never rejects. */
  confirm(): Promise<void>;
  /** Lets go of connections. A later `send` opens them again. */
  close(): void;
}

/** Tells of events that may not have arrived. */
export type ReportLoss = (count: number, reason: string) => void;

const ATTEMPTS = 7;
const FIRST_WAIT_MILLIS = 250;
const LONGEST_WAIT_MILLIS = 5000;
const LONGEST_ASKED_MILLIS = 30_000;

/** Repeats what may succeed later, with growing pauses. Some fifteen seconds: what comes meanwhile is queued. */
export async function withRetries(attempt: () => Promise<Attempt>, isOver: () => boolean): Promise<Attempt> {
  for (let attempts = 1; ; attempts++) {
    const result = await attempt();
    if (result.sent || !result.retry || attempts === ATTEMPTS || isOver()) return result;
    // Jitter, so that many processes do not come back together.
    const wait = Math.min(FIRST_WAIT_MILLIS * 2 ** (attempts - 1), LONGEST_WAIT_MILLIS) * (0.8 + Math.random() * 0.4);
    await pause(Math.min(result.afterMillis ?? wait, LONGEST_ASKED_MILLIS));
  }
}

function pause(millis: number): Promise<void> {
  return new Promise((resolve) => void setTimeout(resolve, millis).unref());
}

/** Starts a request that does not keep the process, and does not share connections with the application. */
export function openRequest(target: StreamTarget, options: Http.RequestOptions): Http.ClientRequest {
  const { url, headers } = target;
  const secure = url.protocol === 'https:' || url.protocol === 'wss:';
  // Loaded when needed: who only imports the package does not pay for it.
  const { request } = process.getBuiltinModule(secure ? 'node:https' : 'node:http') as typeof Http | typeof Https;
  const path = url.pathname + url.search;
  // The brackets of an IPv6 address belong to the URL.
  const hostname = url.hostname.replaceAll(/[[\]]/g, '');
  const opened = request({
    hostname,
    port: url.port,
    path,
    ...authOf(url),
    ...options,
    headers: { ...options.headers, ...headers },
  });
  opened.on('socket', (socket) => socket.unref());
  return opened;
}

function authOf({ username, password }: URL): { readonly auth?: string } {
  return username === '' ? {} : { auth: `${decodeURIComponent(username)}:${decodeURIComponent(password)}` };
}

/** What an answer without success means for the lines. */
export function refused({ statusCode = 0, statusMessage, headers }: Http.IncomingMessage): Attempt & { sent: false } {
  const after = headers['retry-after'];
  const afterMillis =
    after === undefined ? undefined : Number(after) * 1000 || Math.max(Date.parse(after) - Date.now(), 0) || undefined;
  const reason = `HTTP ${statusCode} ${statusMessage}`;
  return { sent: false, retry: statusCode === 429 || statusCode >= 500, reason, afterMillis };
}

/** An attempt that an error ended: whoever is away may come back. */
export function failed(error: Error): Attempt & { sent: false } {
  return { sent: false, retry: true, reason: error.message || (error as NodeJS.ErrnoException).code || error.name };
}

/** Calls back after that many milliseconds, without keeping the process. Returns its undo. */
export function after(millis: number, call: () => void): () => void {
  const timer = setTimeout(call, millis).unref();
  return () => clearTimeout(timer);
}
