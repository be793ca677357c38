// SPDX-License-Identifier: Apache-2.0
import { cpSync, existsSync, mkdirSync, mkdtempSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { agentModel } from '../../support/openai-server/agent-model.ts';
import type { Reply, ReplyScript } from '../../support/openai-server/reply.ts';
import { type OpenAiServer, startOpenAiServer } from '../../support/openai-server/server.ts';
import { ROOT } from '../../support/run.ts';

/** Majors of the SDK that Flow supports. */
export const MAJORS = ['5', '6', '7'] as const;
export type Major = (typeof MAJORS)[number];

const MODULES: Readonly<Record<Major, readonly string[]>> = {
  5: ['test/apps/sdks/ai-5/node_modules', 'test/apps/sdks/node_modules'],
  6: ['test/apps/sdks/ai-6/node_modules', 'test/apps/sdks/node_modules'],
  7: ['test/apps/frameworks/node_modules'],
};

/** Where a package is installed that an application on this major uses. */
export function packageOf(major: Major, name: string): string {
  const found = MODULES[major].map((folder) => join(ROOT, folder, name)).find((path) => existsSync(path));
  if (found === undefined) throw new Error(`${name} is not installed for ai ${major}; run \`npm run setup\``);
  return found;
}

/** The folder of an application on that major with the applications of these tests in it; `packages` may name others than those installed. */
export function makeApp(major: Major, packages: Readonly<Record<string, string>> = {}): string {
  const tree = mkdtempSync(join(tmpdir(), 'flow-ai-'));
  const names = ['ai', '@ai-sdk/openai', '@ai-sdk/anthropic', 'zod'];
  const links = { '@flow/register': ROOT, ...Object.fromEntries(names.map((name) => [name, packageOf(major, name)])) };
  for (const [name, target] of Object.entries({ ...links, ...packages })) {
    const place = join(tree, 'node_modules', name);
    mkdirSync(dirname(place), { recursive: true });
    symlinkSync(target, place);
  }
  // Copies: what a file imports is looked for beside its real path.
  const filter = (path: string): boolean => path === import.meta.dirname || path.endsWith('.mjs');
  cpSync(import.meta.dirname, tree, { recursive: true, filter });
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
      return { ids, created: 1, ...(Object.keys(scripted).length > 0 ? scripted : agentModel(request)) } as Reply;
    },
  });
}
