// SPDX-License-Identifier: Apache-2.0

import type { JsonObject } from '../model-server/json.ts';
import type { Exchange } from '../model-server/recorded-request.ts';
import type { ReplyHead } from '../model-server/reply.ts';
import { sendJson } from '../model-server/send.ts';
import type { ReplyError } from './reply.ts';

const statuses: Readonly<Record<number, string>> = {
  400: 'INVALID_ARGUMENT',
  401: 'UNAUTHENTICATED',
  403: 'PERMISSION_DENIED',
  404: 'NOT_FOUND',
  429: 'RESOURCE_EXHAUSTED',
  500: 'INTERNAL',
  503: 'UNAVAILABLE',
  504: 'DEADLINE_EXCEEDED',
};

const retryInfo: JsonObject = { '@type': 'type.googleapis.com/google.rpc.RetryInfo', retryDelay: '1s' };

/** Sends the provider's error body. */
export async function sendError(exchange: Exchange, head: ReplyHead, error: ReplyError): Promise<void> {
  await sendJson(exchange, head, errorBody({ code: head.status ?? 500, ...error }));
}

/** The body of an error, which is also what a stream that fails sends; it fails because the model is overloaded. */
export function errorBody(error: ReplyError): JsonObject {
  const code = error.code ?? 503;
  const details = error.details ?? (code === 429 ? [retryInfo] : undefined);
  const message = error.message ?? (code === 503 ? 'The model is overloaded.' : 'An internal error has occurred.');
  return { error: { code, message, status: error.status ?? statuses[code] ?? 'UNKNOWN', ...(details && { details }) } };
}
