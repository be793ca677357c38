// SPDX-License-Identifier: Apache-2.0

import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

import { agentModel } from './agent-model.ts';
import { answer, endpoints } from './answer.ts';
import { recordRequest } from './recorded-request.ts';
import type { RecordedRequest } from './recorded-request.ts';
import type { ReplyScript } from './reply.ts';
import { sendError } from './send.ts';

/** A running server. Any path that ends in a known endpoint is answered, so a test may put its own prefix before it. */
export interface OpenAiServer {
  /** The base URL for a client, ending in `/v1`. */
  readonly url: string;
  readonly origin: string;
  /** Every request whose body has arrived, in order of arrival. */
  readonly requests: readonly RecordedRequest[];
  /** Stops listening and cuts what is still open. */
  close(): Promise<void>;
}

/** Options of the server: the script (a small agent model if left out) and the port (any free one). */
export interface OpenAiServerOptions {
  readonly reply?: ReplyScript;
  readonly port?: number;
}

/** Starts a server on the loopback interface that speaks the OpenAI wire format. */
export async function startOpenAiServer(options: OpenAiServerOptions = {}): Promise<OpenAiServer> {
  const { reply = agentModel, port = 0 } = options;
  const requests: RecordedRequest[] = [];

  const server = createServer((message, response) => {
    handle(message, response, reply, requests).catch(() => response.destroy());
  });
  await listen(server, port);
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

  return {
    url: `${origin}/v1`,
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
  script: ReplyScript,
  requests: RecordedRequest[],
): Promise<void> {
  const exchange = await recordRequest(message, response, endpoints);
  const { base, path, method } = exchange.request;
  if (method === 'GET' && path === '/requests') return sendRequests(response, requests);
  const turn = requests.filter((earlier) => earlier.base === base).length;
  requests.push(exchange.request);
  try {
    await answer(exchange, script, turn);
  } catch (error) {
    if (response.headersSent) return exchange.cut();
    await sendError(exchange, { status: 500 }, { message: `The reply script failed: ${String(error)}` });
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
