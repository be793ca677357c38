// SPDX-License-Identifier: Apache-2.0

import type { IncomingMessage, ServerResponse } from 'node:http';

import type { MakeId } from './reply.ts';

/** How an exchange ended: the answer was sent, the client left before that, or the script cut the connection. */
export type Outcome = 'finished' | 'aborted' | 'cut';

/** A request as it arrived, and what became of its answer. */
export interface RecordedRequest {
  readonly method: string;
  /** Path without the query. */
  readonly path: string;
  readonly query: string;
  /** The part of the path before the endpoint, for example `/v1`. */
  readonly base: string;
  /** Lower-case names; a repeated header is joined with a comma. */
  readonly headers: Readonly<Record<string, string>>;
  /** Names and values as they were sent, in their order. */
  readonly rawHeaders: readonly string[];
  /** The exact bytes of the body. */
  readonly raw: Buffer;
  /** The body as JSON, or undefined when it is none. */
  readonly body: unknown;
  /** True once the client closed the connection before the answer was complete. */
  readonly aborted: boolean;
  /** Chunks handed to the socket so far; stands still while the client does not read. */
  readonly sent: number;
  readonly closed: Promise<Outcome>;
}

/** What one provider's requests and answers have in common. */
export interface Wire {
  /** Ends of paths that are answered; what stands before is the base URL, whatever it is. */
  readonly endpoints: RegExp;
  /** The headers of every answer. */
  readonly headers: (makeId?: MakeId) => Readonly<Record<string, string>>;
}

/** The server's side of a recorded request: the same object, with the marks it sets while it answers. */
export interface Exchange {
  readonly request: RecordedRequest;
  readonly response: ServerResponse;
  readonly wire: Wire;
  readonly signal: AbortSignal;
  countChunk(): void;
  cut(): void;
}

/** Reads the whole body and starts to watch the connection. */
export async function recordRequest(message: IncomingMessage, response: ServerResponse, wire: Wire): Promise<Exchange> {
  const gone = new AbortController();
  const state = { aborted: false, cut: false, sent: 0 };
  const closed = new Promise<Outcome>((resolve) => {
    response.once('close', () => {
      state.aborted = !state.cut && !response.writableFinished;
      gone.abort();
      resolve(state.cut ? 'cut' : state.aborted ? 'aborted' : 'finished');
    });
  });

  const parts: Buffer[] = [];
  message.on('error', () => undefined);
  for await (const part of message) parts.push(part as Buffer);
  const raw = Buffer.concat(parts);
  const [path = '/', query = ''] = (message.url ?? '/').split('?', 2);
  const endpoint = wire.endpoints.exec(path);

  const request: RecordedRequest = {
    method: message.method ?? 'GET',
    path,
    query,
    base: endpoint ? path.slice(0, endpoint.index) : path,
    headers: Object.fromEntries(Object.entries(message.headers).map(([name, value]) => [name, String(value)])),
    rawHeaders: message.rawHeaders,
    raw,
    body: parseJson(raw),
    closed,
    get aborted() {
      return state.aborted;
    },
    get sent() {
      return state.sent;
    },
  };

  return {
    request,
    response,
    wire,
    signal: gone.signal,
    countChunk: () => {
      state.sent += 1;
    },
    cut: () => {
      state.cut = true;
      response.destroy();
    },
  };
}

function parseJson(raw: Buffer): unknown {
  try {
    return JSON.parse(raw.toString('utf8'));
  } catch {
    return undefined;
  }
}
