// SPDX-License-Identifier: Apache-2.0
import { cpSync, mkdirSync, mkdtempSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { agentModel } from '../../support/openai-server/agent-model.ts';
import type { Reply, ReplyScript } from '../../support/openai-server/reply.ts';
import { type OpenAiServer, startOpenAiServer } from '../../support/openai-server/server.ts';
import { ROOT } from '../../support/run.ts';

const INSTALLED = join(ROOT, 'test/apps/frameworks/node_modules');

/** Where a package of the application is installed. */
export const installed = (name: string): string => join(INSTALLED, name);

/** A folder of an application: our files, and links to what it has installed, which is Flow and these packages. */
export function makeTree(
  files: readonly string[],
  packages: readonly string[] = ['@modelcontextprotocol', '@openai', 'openai', 'zod'],
): string {
  const tree = mkdtempSync(join(tmpdir(), 'flow-agents-'));
  const links = { '@flow/register': ROOT, ...Object.fromEntries(packages.map((name) => [name, installed(name)])) };
  for (const [name, target] of Object.entries(links)) {
    const path = join(tree, 'node_modules', name);
    mkdirSync(dirname(path), { recursive: true });
    symlinkSync(target, path);
  }
  for (const file of files) cpSync(join(import.meta.dirname, file), join(tree, file));
  return tree;
}

/** A server whose ids are the same for each process that has a base URL of its own. */
export async function startServer(script: ReplyScript = () => ({})): Promise<OpenAiServer> {
  const counts = new Map<string, number>();
  return startOpenAiServer({
    async reply(request, turn): Promise<Reply> {
      const ids = (prefix: string): string => {
        const count = (counts.get(request.base) ?? 0) + 1;
        counts.set(request.base, count);
        return `${prefix}_${count}`;
      };
      const scripted = await script(request, turn);
      if (Object.keys(scripted).length > 0) return { ids, created: 1, ...scripted } as Reply;
      if (request.raw.includes('answer 500')) return { ids, status: 500, error: { message: 'overloaded' } };
      return { ids, created: 1, ...agentModel(request) } as Reply;
    },
  });
}
