// SPDX-License-Identifier: Apache-2.0
import { agentModel } from '../../support/openai-server/agent-model.ts';
import type { Reply } from '../../support/openai-server/reply.ts';
import { type OpenAiServer, startOpenAiServer } from '../../support/openai-server/server.ts';

/** The models of the applications here: ids are the same in each run, and the boss of `structure-app.mjs` delegates. */
export async function startModels(): Promise<OpenAiServer> {
  return startOpenAiServer({
    reply(request): Reply {
      const { raw } = request;
      const text = raw.toString();
      const ids = (prefix: string): string => `${prefix}_${text.length}`;
      if (text.includes('answer 500')) return { ids, status: 500, error: { message: 'overloaded' } };
      if (!text.includes('ask_researcher')) return { ids, created: 1, ...agentModel(request) };
      if (text.includes('"tool_call_id"')) return { ids, created: 1, text: 'A picnic, then.' };
      const toolCalls = ['ask_researcher', 'pay'].map((name) => ({
        name,
        id: `call_${name}`,
        arguments: { about: 'Oslo' },
      }));
      return { ids, created: 1, toolCalls };
    },
  });
}
