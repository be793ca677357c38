// SPDX-License-Identifier: Apache-2.0

import { chatCompletion, chatCompletionChunks } from './chat-completions.ts';
import { embeddings } from './embeddings.ts';
import { asObject } from './json.ts';
import { listModels, retrieveModel } from './models.ts';
import type { Exchange } from './recorded-request.ts';
import type { Reply, ReplyScript } from './reply.ts';
import { response, responseEvents } from './responses.ts';
import { sendError, sendEvents, sendJson, writeHead } from './send.ts';

/** Ends of paths that are answered; what stands before is the base URL, whatever it is. */
export const endpoints: RegExp = /\/(chat\/completions|responses|embeddings|models(\/[^/]+)?)$/;

/** Answers one request the way the script says, after the checks that the provider makes first. */
export async function answer(exchange: Exchange, script: ReplyScript, turn: number): Promise<void> {
  const { method, path, headers, body, base } = exchange.request;
  const endpoint = path.slice(base.length);
  const expected = endpoint.startsWith('/models') ? 'GET' : 'POST';

  if (!endpoints.test(path))
    return sendError(exchange, { status: 404 }, { message: `Invalid URL (${method} ${path})` });
  if (method !== expected) {
    const message = `Not allowed to ${method} on ${endpoint} (HINT: Perhaps you meant to use a different HTTP method?)`;
    return sendError(exchange, { status: 405 }, { message });
  }
  if (!headers.authorization && !headers['api-key']) {
    return sendError(exchange, { status: 401 }, { message: "You didn't provide an API key." });
  }
  if (method === 'POST' && body === undefined) {
    return sendError(exchange, { status: 400 }, { message: 'We could not parse the JSON body of your request.' });
  }
  await send(exchange, await script(exchange.request, turn), endpoint);
}

async function send(exchange: Exchange, reply: Reply, endpoint: string): Promise<void> {
  if ('drop' in reply) return exchange.cut();
  if ('hang' in reply) {
    if (reply.hang !== 'after-headers') return;
    writeHead(exchange, reply, 'application/json');
    return exchange.response.flushHeaders();
  }
  if ('raw' in reply) {
    writeHead(exchange, reply, 'application/json');
    exchange.response.end(reply.raw);
    return;
  }
  // An answer may carry an error too, for its stream; only an error reply has a status of 400 or more.
  if ('error' in reply && reply.error && (reply.status ?? 200) >= 400) return sendError(exchange, reply, reply.error);

  const body = asObject(exchange.request.body);
  if (endpoint === '/models') return sendJson(exchange, reply, listModels());
  if (endpoint.startsWith('/models/')) return retrieveModel(exchange, endpoint);
  if (typeof body.model !== 'string') {
    return sendError(exchange, { status: 400 }, { message: 'you must provide a model parameter' });
  }
  if (endpoint === '/embeddings') return sendJson(exchange, reply, embeddings(body, reply));
  if (endpoint === '/responses') {
    if (body.stream === true) return sendEvents(exchange, reply, responseEvents(body, reply), 'typed');
    return sendJson(exchange, reply, response(body, reply));
  }
  if (body.stream === true) return sendEvents(exchange, reply, chatCompletionChunks(body, reply), 'data');
  return sendJson(exchange, reply, chatCompletion(body, reply));
}
