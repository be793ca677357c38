// SPDX-License-Identifier: Apache-2.0

import type { Wire } from '../model-server/recorded-request.ts';
import { startModelServer } from '../model-server/server.ts';
import type { ModelServer } from '../model-server/server.ts';
import { agentModel } from './agent-model.ts';
import { answer, endpoints } from './answer.ts';
import { sendError } from './errors.ts';
import type { ReplyScript } from './reply.ts';

/** A running server; its `url` is the origin, as clients of this provider add the version themselves. */
export type GeminiServer = ModelServer;

/** Options of the server: the script (a small agent model if left out) and the port (any free one). */
export interface GeminiServerOptions {
  readonly reply?: ReplyScript;
  readonly port?: number;
}

const wire: Wire = {
  endpoints,
  headers: () => ({ server: 'scaffolding on HTTPServer2', 'server-timing': 'gfet4t7; dur=12' }),
};

/** Starts a server on the loopback interface that speaks the wire format of Gemini. */
export async function startGeminiServer(options: GeminiServerOptions = {}): Promise<GeminiServer> {
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
