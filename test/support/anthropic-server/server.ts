// SPDX-License-Identifier: Apache-2.0

import type { Wire } from '../model-server/recorded-request.ts';
import { startModelServer } from '../model-server/server.ts';
import type { ModelServer } from '../model-server/server.ts';
import { agentModel } from './agent-model.ts';
import { answer, endpoints } from './answer.ts';
import { sendError } from './errors.ts';
import { freshId } from './ids.ts';
import type { ReplyScript } from './reply.ts';

/** A running server; its `url` is the origin, as clients of this provider add `/v1` themselves. */
export type AnthropicServer = ModelServer;

/** Options of the server: the script (a small agent model if left out) and the port (any free one). */
export interface AnthropicServerOptions {
  readonly reply?: ReplyScript;
  readonly port?: number;
}

const wire: Wire = {
  endpoints,
  headers: (makeId = freshId) => ({
    'request-id': makeId('req'),
    'anthropic-organization-id': '0b1ad2f4-5f6c-4c57-9d0e-6f1f0c3a2b10',
    'anthropic-ratelimit-requests-limit': '4000',
    'anthropic-ratelimit-requests-remaining': '3999',
  }),
};

/** Starts a server on the loopback interface that speaks the wire format of Anthropic's Messages. */
export async function startAnthropicServer(options: AnthropicServerOptions = {}): Promise<AnthropicServer> {
  const { reply = agentModel, port } = options;
  return startModelServer(
    {
      wire,
      base: '',
      answer: (exchange, turn) => answer(exchange, reply, turn),
      fail: (exchange, message) => sendError(exchange, { status: 500 }, { message }),
    },
    port,
  );
}
