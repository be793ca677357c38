// SPDX-License-Identifier: Apache-2.0

import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

import { recordRequest } from './recorded-request.ts';
import type { Exchange, RecordedRequest, Wire } from './recorded-request.ts';

/** A running server. Any path that ends in a known endpoint is answered, so a test may put its own prefix before it. */
export interface ModelServer {
  /** The base URL that a client of the provider wants. */
  readonly url: string;
  readonly origin: string;
  /** Every request whose body has arrived, in order of arrival. */
  readonly requests: readonly RecordedRequest[];
  /** Stops listening and cuts what is still open. */
  close(): Promise<void>;
}

/** What makes a server that of one provider. */
export interface ModelProvider {
  readonly wire: Wire;
  /** What a client's base URL has after the origin. */
  readonly base: string;
  /** Answers one request; `turn` counts the earlier ones to the same base URL. */
  readonly answer: (exchange: Exchange, turn: number) => Promise<void>;
  /** Sends a 500 in the provider's form. */
  readonly fail: (exchange: Exchange, message: string) => Promise<void>;
}

/** Starts a server on the loopback interface; port 0 is any free one. */
export async function startModelServer(provider: ModelProvider, port = 0): Promise<ModelServer> {
  const requests: RecordedRequest[] = [];
  const server = createServer((message, response) => {
    handle(message, response, provider, requests).catch(() => response.destroy());
  });
  await listen(server, port);
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

  return {
    url: origin + provider.base,
    origin,
    requests,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function handle(
  message: IncomingMessage,
  response: ServerResponse,
  provider: ModelProvider,
  requests: RecordedRequest[],
): Promise<void> {
  const exchange = await recordRequest(message, response, provider.wire);
  const { base, path, method } = exchange.request;
  if (method === 'GET' && path === '/requests') return sendRequests(response, requests);
  const turn = requests.filter((earlier) => earlier.base === base).length;
  requests.push(exchange.request);
  try {
    await provider.answer(exchange, turn);
  } catch (error) {
    if (response.headersSent) return exchange.cut();
    await provider.fail(exchange, `The reply script failed: ${String(error)}`);
  }
}

/** For those who started the server as a program and cannot read `requests`. */
function sendRequests(response: ServerResponse, requests: readonly RecordedRequest[]): void {
  const list = requests.map(({ raw, closed: _, ...request }) => ({ ...request, raw: raw.toString('utf8') }));
  response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(list));
}

async function listen(server: Server, port: number): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
}
