// SPDX-License-Identifier: Apache-2.0

import type { Wire } from '../model-server/recorded-request.ts';
import { startModelServer } from '../model-server/server.ts';
import type { ModelServer } from '../model-server/server.ts';
import { agentModel } from './agent-model.ts';
import { answer, endpoints } from './answer.ts';
import { sendError } from './errors.ts';
import { freshId } from './ids.ts';
import type { ReplyScript } from './reply.ts';

/** A running server; its `url` ends in `/v1`. */
export type OpenAiServer = ModelServer;

/** Options of the server: the script (a small agent model if left out) and the port (any free one). */
export interface OpenAiServerOptions {
  readonly reply?: ReplyScript;
  readonly port?: number;
}

const wire: Wire = {
  endpoints,
  headers: (makeId = freshId) => ({
    'openai-version': '2020-10-01',
    'openai-processing-ms': '12',
    'x-request-id': makeId('req'),
    'x-ratelimit-limit-requests': '10000',
    'x-ratelimit-remaining-requests': '9999',
  }),
};

/** Starts a server on the loopback interface that speaks the OpenAI wire format. */
export async function startOpenAiServer(options: OpenAiServerOptions = {}): Promise<OpenAiServer> {
  const { reply = agentModel, port } = options;
  return startModelServer(
    {
      wire,
      base: '/v1',
      answer: (exchange, turn) => answer(exchange, reply, turn),
      fail: (exchange, message) => sendError(exchange, { status: 500 }, { message }),
    },
    port,
  );
}
