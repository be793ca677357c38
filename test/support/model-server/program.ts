// SPDX-License-Identifier: Apache-2.0

import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';

import type { ModelServer } from './server.ts';

/**
 * Runs a server as a program: `node main.ts [--port=8080] [script module]`. The first line it prints is the base URL. A
 * script module's default export is the reply script. `GET /requests` lists what arrived.
 */
export async function runAsProgram<ReplyScript>(
  start: (options: { readonly port: number; readonly reply?: ReplyScript }) => Promise<ModelServer>,
): Promise<void> {
  const { values, positionals } = parseArgs({ options: { port: { type: 'string' } }, allowPositionals: true });
  const [file] = positionals;
  const script = file
    ? ((await import(pathToFileURL(resolve(file)).href)) as { default: ReplyScript }).default
    : undefined;

  const server = await start({ port: Number(values.port ?? 0), ...(script !== undefined && { reply: script }) });
  process.stdout.write(`${server.url}\n`);

  async function stop(): Promise<void> {
    await server.close();
    process.exit(0);
  }
  process.once('SIGTERM', stop);
  process.once('SIGINT', stop);
  // A parent that started us with an IPC channel and died leaves nobody who could stop us.
  process.once('disconnect', stop);
}
