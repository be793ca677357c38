// SPDX-License-Identifier: Apache-2.0

import type { Exchange } from './recorded-request.ts';
import type { ErrorReply, ModelAnswer, ModelReply } from './reply.ts';
import { writeHead } from './send.ts';

/** How one provider sends the two replies that have a form of their own. */
export interface ReplyForms<Answer, ReplyError> {
  readonly answer: (answer: Answer) => Promise<void>;
  readonly error: (reply: ErrorReply<ReplyError>) => Promise<void>;
}

/** Sends what the script decided: the provider's answer or error, or one of the things that should never happen. */
export async function sendReply<ReplyError, Answer extends ModelAnswer<ReplyError>>(
  exchange: Exchange,
  reply: ModelReply<Answer, ReplyError>,
  forms: ReplyForms<Answer, ReplyError>,
): Promise<void> {
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
  return isError(reply) ? forms.error(reply) : forms.answer(reply);
}

/** An answer may carry an error too, for its stream; only an error reply has a status of 400 or more. */
function isError<ReplyError, Answer extends ModelAnswer<ReplyError>>(
  reply: Answer | ErrorReply<ReplyError>,
): reply is ErrorReply<ReplyError> {
  return reply.error !== undefined && (reply.status ?? 200) >= 400;
}
