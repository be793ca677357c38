// SPDX-License-Identifier: Apache-2.0

import { asObject } from '../model-server/json.ts';
import type { Exchange } from '../model-server/recorded-request.ts';
import { sendReply } from '../model-server/send-reply.ts';
import { sendJson } from '../model-server/send.ts';
import { chatCompletion, chatCompletionChunks } from './chat-completions.ts';
import { completion, completionChunks } from './completions.ts';
import { embeddings } from './embeddings.ts';
import { sendError } from './errors.ts';
import { sendChunks, sendTypedEvents } from './events.ts';
import { listModels, retrieveModel } from './models.ts';
import type { AnswerReply, ReplyError, ReplyScript } from './reply.ts';
import { response, responseEvents } from './responses.ts';

/** Ends of paths that are answered; what stands before is the base URL, whatever it is. */
export const endpoints: RegExp = /\/((chat\/)?completions|responses|embeddings|models(\/[^/]+)?)$/;

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
  await sendReply<ReplyError, AnswerReply>(exchange, await script(exchange.request, turn), {
    answer: (reply) => sendAnswer(exchange, reply, endpoint),
    error: (reply) => sendError(exchange, reply, reply.error),
  });
}

async function sendAnswer(exchange: Exchange, answer: AnswerReply, endpoint: string): Promise<void> {
  const body = asObject(exchange.request.body);
  if (endpoint === '/models') return sendJson(exchange, answer, listModels());
  if (endpoint.startsWith('/models/')) return retrieveModel(exchange, endpoint);
  if (typeof body.model !== 'string') {
    return sendError(exchange, { status: 400 }, { message: 'you must provide a model parameter' });
  }
  if (endpoint === '/embeddings') return sendJson(exchange, answer, embeddings(body, answer));
  if (endpoint === '/responses') {
    if (body.stream === true) return sendTypedEvents(exchange, answer, responseEvents(body, answer));
    return sendJson(exchange, answer, response(body, answer));
  }
  if (endpoint === '/completions') {
    if (body.stream === true) return sendChunks(exchange, answer, completionChunks(body, answer));
    return sendJson(exchange, answer, completion(body, answer));
  }
  if (body.stream === true) return sendChunks(exchange, answer, chatCompletionChunks(body, answer));
  return sendJson(exchange, answer, chatCompletion(body, answer));
}
