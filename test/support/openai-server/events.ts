// SPDX-License-Identifier: Apache-2.0

import type { JsonObject } from '../model-server/json.ts';
import type { Exchange } from '../model-server/recorded-request.ts';
import { sendEvents } from '../model-server/send.ts';
import { errorBody } from './errors.ts';
import type { AnswerReply } from './reply.ts';

/** Streams the chunks of a chat completion: bare `data:` lines, and `[DONE]` at the end. */
export async function sendChunks(
  exchange: Exchange,
  answer: AnswerReply,
  chunks: readonly JsonObject[],
): Promise<void> {
  await sendEvents(exchange, answer, {
    events: chunks.map(dataLine),
    end: dataLine('[DONE]'),
    failure: (error) => dataLine({ error: errorBody(error, 500) }),
  });
}

/** Streams the events of a response, each under the name of its type. */
export async function sendTypedEvents(
  exchange: Exchange,
  answer: AnswerReply,
  events: readonly JsonObject[],
): Promise<void> {
  await sendEvents(exchange, answer, {
    events: events.map(typedEvent),
    failure: (error, index) => {
      const { code, message, param } = errorBody(error, 500);
      return typedEvent({ type: 'error', code, message, param, sequence_number: index });
    },
  });
}

function dataLine(value: JsonObject | string): string {
  return `data: ${typeof value === 'string' ? value : JSON.stringify(value)}\n\n`;
}

function typedEvent(event: JsonObject): string {
  return `event: ${String(event.type)}\n${dataLine(event)}`;
}
