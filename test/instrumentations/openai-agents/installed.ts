// SPDX-License-Identifier: Apache-2.0
import { basename, join } from 'node:path';
import * as trees from '../../support/application-tree.ts';
import type { ReplyScript } from '../../support/openai-server/reply.ts';
import type { OpenAiServer } from '../../support/openai-server/server.ts';
import { startCountingServer } from '../../support/openai-server/start-counting.ts';
import { modulesOf, packageIn } from '../../support/application-versions.ts';

const MODULES = modulesOf('agents', 'test/apps/frameworks/node_modules');

/** Where a package of the application is installed. */
export const installed = (name: string): string => packageIn(MODULES, name);

/** A folder of an application: our files, and links to what it has installed, which is Flow and these packages. */
export function makeTree(
  files: readonly string[],
  packages: readonly string[] = ['@modelcontextprotocol', '@openai', 'openai', 'zod'],
): string {
  const shared = [trees.ALLOW, trees.SETTLED];
  const programs = files.map(
    (file) => shared.find((path) => basename(path) === file) ?? join(import.meta.dirname, file),
  );
  return trees.makeTree('agents', Object.fromEntries(packages.map((name) => [name, installed(name)])), programs);
}

/** A server that also fails when it is asked to. */
export function startServer(script: ReplyScript = () => ({})): Promise<OpenAiServer> {
  return startCountingServer(async (request, turn) => {
    const scripted = await script(request, turn);
    if (Object.keys(scripted).length > 0 || !request.raw.includes('answer 500')) return scripted;
    return { status: 500, error: { message: 'overloaded' } };
  });
}
