// SPDX-License-Identifier: Apache-2.0
import { agentModel } from './agent-model.ts';
import type { Reply, ReplyScript } from './reply.ts';
import { type OpenAiServer, startOpenAiServer } from './server.ts';

/** A server whose ids are the same for each process that has a base URL of its own; what the script leaves open is up to the model of an agent. */
export async function startCountingServer(script: ReplyScript = () => ({})): Promise<OpenAiServer> {
  const counts = new Map<string, number>();
  return startOpenAiServer({
    async reply(request, turn): Promise<Reply> {
      const ids = (prefix: string): string => {
        const count = (counts.get(request.base) ?? 0) + 1;
        counts.set(request.base, count);
        return `${prefix}_${count}`;
      };
      const scripted = await script(request, turn);
      return { ids, created: 1, ...(Object.keys(scripted).length > 0 ? scripted : agentModel(request)) } as Reply;
    },
  });
}
