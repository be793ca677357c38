// SPDX-License-Identifier: Apache-2.0

import { asObject } from '../model-server/json.ts';
import type { JsonObject } from '../model-server/json.ts';
import type { Exchange, RecordedRequest } from '../model-server/recorded-request.ts';
import { sendReply } from '../model-server/send-reply.ts';
import { sendEvents, sendJson } from '../model-server/send.ts';
import { errorBody, sendError } from './errors.ts';
import { message, messageEvents } from './messages.ts';
import type { AnswerReply, ReplyError, ReplyScript } from './reply.ts';
import { countInput } from './usage.ts';

/** Ends of paths that are answered; what stands before is the base URL, whatever it is. */
export const endpoints: RegExp = /\/v1\/messages(\/count_tokens)?$/;

/** Answers one request the way the script says, after the checks that the provider makes first. */
export async function answer(exchange: Exchange, script: ReplyScript, turn: number): Promise<void> {
  const refused = refusal(exchange.request);
  if (refused) return sendError(exchange, { status: refused.status }, { message: refused.message });
  await sendReply<ReplyError, AnswerReply>(exchange, await script(exchange.request, turn), {
    answer: (reply) => sendAnswer(exchange, reply),
    error: (reply) => sendError(exchange, reply, reply.error),
  });
}

async function sendAnswer(exchange: Exchange, reply: AnswerReply): Promise<void> {
  const body = asObject(exchange.request.body);
  if (exchange.request.path.endsWith('/count_tokens')) {
    return sendJson(exchange, reply, { input_tokens: reply.usage?.input ?? countInput(body) });
  }
  if (body.stream !== true) return sendJson(exchange, reply, message(body, reply));
  await sendEvents(exchange, reply, {
    events: messageEvents(body, reply).map(eventText),
    failure: (error) => eventText(errorBody(error)),
  });
}

interface Refusal {
  readonly status: number;
  readonly message: string;
}

function refusal({ method, path, headers, body }: RecordedRequest): Refusal | undefined {
  if (!endpoints.test(path)) return { status: 404, message: 'Not found' };
  if (method !== 'POST') return { status: 405, message: 'Method Not Allowed' };
  if (!headers['x-api-key'] && !headers.authorization) return { status: 401, message: 'x-api-key header is required' };
  if (!headers['anthropic-version']) return { status: 400, message: 'anthropic-version: header is required' };
  if (body === undefined) return { status: 400, message: 'The request body is not valid JSON' };
  const required = path.endsWith('/count_tokens') ? ['model', 'messages'] : ['model', 'max_tokens', 'messages'];
  const missing = required.find((field) => asObject(body)[field] === undefined);
  return missing === undefined ? undefined : { status: 400, message: `${missing}: Field required` };
}

function eventText(event: JsonObject): string {
  return `event: ${String(event.type)}\ndata: ${JSON.stringify(event)}\n\n`;
}
