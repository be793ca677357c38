// SPDX-License-Identifier: Apache-2.0

import { fork } from 'node:child_process';
import { join } from 'node:path';

import { normalise } from './normalise.ts';
import type { ScenarioServer } from './scenario-server.ts';

/** How the package is loaded: by import, by require, or both in one process. */
export type Loading = 'import' | 'require' | 'both';

/** What one process printed and how it ended, normalised. */
export interface ProcessResult {
  readonly lines: readonly string[];
  readonly stderr: string;
  readonly exit: { readonly code: number | null; readonly signal: NodeJS.Signals | null };
}

/** Options for the process: arguments for Node before the program, and more environment. */
export interface ProcessOptions {
  readonly loading: Loading;
  /** Where the programs are; this folder unless another is named. */
  readonly folder?: string;
  readonly execArgv?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly targets: readonly string[];
}

// Whoever exports at the end of a process has Node ask twice whether it is over.
const NO_EXPORTERS = { OTEL_TRACES_EXPORTER: 'none', OTEL_METRICS_EXPORTER: 'none', OTEL_LOGS_EXPORTER: 'none' };

let runs = 0;

/** Runs the application in a process of its own against the server. */
export async function runApplication(
  server: ScenarioServer,
  options: ProcessOptions,
): Promise<ProcessResult & { readonly run: string }> {
  runs += 1;
  const run = `run${String(runs).padStart(4, '0')}`;
  const { loading, folder = import.meta.dirname, execArgv = [], env = {}, targets } = options;
  const program = join(folder, loading === 'require' ? 'run.cjs' : 'run.mjs');
  const args = [...(loading === 'both' ? ['both'] : []), server.origin, run, ...targets];
  const child = fork(program, args, {
    execArgv: [...execArgv],
    // What the test runner itself is told by its environment must not reach the application.
    env: { PATH: process.env.PATH ?? '', ...NO_EXPORTERS, ...env },
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  child.on('message', (message) => {
    void server.onMessage(message).then((reply) => {
      if (child.connected) child.send(reply);
    });
  });
  const guard = setTimeout(() => child.kill('SIGKILL'), 120_000);
  const [stdout, stderr, exit] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    new Promise<ProcessResult['exit']>((resolve) => {
      child.once('exit', (code, signal) => resolve({ code, signal }));
    }),
  ]);
  clearTimeout(guard);
  const clean = (raw: string): string => normalise(raw, server.origin, run);
  return { run, lines: clean(stdout).split('\n').filter(Boolean), stderr: withoutFrames(clean(stderr)), exit };
}

async function text(stream: NodeJS.ReadableStream | null): Promise<string> {
  let whole = '';
  if (stream) for await (const part of stream) whole += String(part);
  return whole;
}

/** Which functions a call went through is no promise; what is reported is. */
function withoutFrames(stderr: string): string {
  return stderr
    .split('\n')
    .filter((line) => !/^\s+at /.test(line))
    .join('\n');
}
