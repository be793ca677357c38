// SPDX-License-Identifier: Apache-2.0

import type { JsonObject } from '../model-server/json.ts';
import type { Exchange } from '../model-server/recorded-request.ts';
import type { ReplyHead } from '../model-server/reply.ts';
import { sendJson } from '../model-server/send.ts';
import type { ReplyError } from './reply.ts';

/** Sends the provider's error body. */
export async function sendError(exchange: Exchange, head: ReplyHead, error: ReplyError): Promise<void> {
  await sendJson(exchange, head, { error: errorBody(error, head.status ?? 500) });
}

/** The error object of a body or a stream. */
export function errorBody(error: ReplyError, status: number): JsonObject {
  return {
    message: error.message ?? 'The server had an error while processing your request.',
    type: error.type ?? (status >= 500 ? 'server_error' : 'invalid_request_error'),
    param: error.param ?? null,
    code: error.code ?? null,
  };
}
