// SPDX-License-Identifier: Apache-2.0

import type { JsonObject } from '../model-server/json.ts';
import type { Exchange } from '../model-server/recorded-request.ts';
import type { ReplyHead } from '../model-server/reply.ts';
import { sendJson } from '../model-server/send.ts';
import { freshId } from './ids.ts';
import type { ReplyError } from './reply.ts';

const types: Readonly<Record<number, string>> = {
  400: 'invalid_request_error',
  401: 'authentication_error',
  403: 'permission_error',
  404: 'not_found_error',
  413: 'request_too_large',
  429: 'rate_limit_error',
  504: 'timeout_error',
  529: 'overloaded_error',
};

/** Sends the provider's error body, with the headers by which its clients decide whether and when to try again. */
export async function sendError(exchange: Exchange, head: ReplyHead, error: ReplyError): Promise<void> {
  const status = head.status ?? 500;
  const id = (head.ids ?? freshId)('req');
  const retry = {
    'request-id': id,
    'x-should-retry': String(status === 429 || status >= 500),
    ...(status === 429 && { 'retry-after': '1' }),
  };
  await sendJson(exchange, { ...head, headers: { ...retry, ...head.headers } }, errorBody(error, status, id));
}

/** The body of an error, which is also the data of an `error` event; a stream fails because the provider is overloaded. */
export function errorBody(error: ReplyError, status = 529, requestId?: string): JsonObject {
  const type = error.type ?? types[status] ?? (status >= 500 ? 'api_error' : 'invalid_request_error');
  const message = error.message ?? (type === 'overloaded_error' ? 'Overloaded' : 'Internal server error');
  return { type: 'error', error: { type, message }, ...(requestId !== undefined && { request_id: requestId }) };
}
