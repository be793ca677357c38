// SPDX-License-Identifier: Apache-2.0
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

/** The repository's root: file paths in `args` are relative to it. */
export const ROOT: string = join(import.meta.dirname, '../..');

/** To compile what they load is a good part of what most programs here cost. */
const COMPILED = join(ROOT, 'node_modules/.cache/compiled');

/** What runs: a file, a module's source, or bare Node arguments. */
export interface AppOptions {
  /** Arguments of Node, before the program. */
  readonly args?: readonly string[];
  /** Source of an ES module, imports resolved from the repository's root. */
  readonly code?: string;
  readonly file?: string;
  /** Arguments of the program. */
  readonly programArgs?: readonly string[];
  /** Added to an environment without any `OTEL_*`, `FLOW_*` or `NODE_*` of the caller's but for a place of compiled code. */
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  /** Sent as soon as the program has written `ready` to standard output. */
  readonly signal?: NodeJS.Signals;
  /** The program is killed after this many milliseconds. */
  readonly timeout?: number;
}

export interface AppResult {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
  /** Milliseconds from the signal or, without one, from the start until the end of the process. */
  readonly duration: number;
}

/** Runs a program in a process of its own, with the pinned Node, until it ends by itself or by `signal`. */
export async function runApp(options: AppOptions): Promise<AppResult> {
  const program = options.file === undefined ? [] : [options.file];
  const source = options.code === undefined ? [] : ['--input-type=module', '--eval', options.code, '--'];
  const args = [...(options.args ?? []), ...program, ...source, ...(options.programArgs ?? [])];
  const child = spawn(join(ROOT, 'node_modules/.bin/node'), args, {
    cwd: options.cwd ?? ROOT,
    env: { ...cleanEnvironment(), NODE_COMPILE_CACHE: COMPILED, ...options.env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let started = performance.now();
  let stdout = '';
  let stderr = '';
  let signalled = false;
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
    if (options.signal === undefined || signalled || !stdout.includes('ready')) return;
    signalled = true;
    started = performance.now();
    child.kill(options.signal);
  });
  const timer = setTimeout(() => child.kill('SIGKILL'), options.timeout ?? 20_000);
  const exited = once(child, 'exit').then((end) => ({ end, duration: performance.now() - started }));
  await once(child, 'close');
  clearTimeout(timer);
  const { end, duration } = await exited;
  const [code, signal] = end as [number | null, NodeJS.Signals | null];
  return { code, signal, stdout, stderr, duration };
}

function cleanEnvironment(): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^(OTEL|FLOW|NODE|VITEST)_/.test(name)));
}
