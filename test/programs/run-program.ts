// SPDX-License-Identifier: Apache-2.0
import { spawn } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import type { RecordedRequest } from '../support/model-server/recorded-request.ts';
import { startOpenAiServer } from '../support/openai-server/server.ts';
import { installedPrograms } from './installed-programs.ts';
import type { Program } from './program.ts';

/** What somebody who ran the program sees, and what the provider saw. */
export interface Run {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
  /** The text of the file that the program changes. */
  readonly written: string | undefined;
  readonly requests: readonly RecordedRequest[];
}

/** Options of Node and variables that a run has beyond its task. */
export interface RunOptions {
  readonly execArgv?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

/** Runs the program's own file to its end, in a folder that is made anew, so that every run finds the same. */
export async function runProgram(program: Program, folder: string, options: RunOptions = {}): Promise<Run> {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const server = await startOpenAiServer({ reply: program.reply });
  try {
    const command = program.prepare(folder, server.origin);
    const argv = [...(options.execArgv ?? []), join(installedPrograms(), program.bin), ...command.args];
    const child = spawn(process.execPath, argv, {
      cwd: folder,
      env: { ...bareEnvironment(folder), ...command.env, ...options.env },
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: 60_000,
      killSignal: 'SIGKILL',
    });
    const ended = new Promise<number | null>((resolve, reject) => {
      child.once('error', reject);
      child.once('close', resolve);
    });
    const [code, stdout, stderr] = await Promise.all([ended, text(child.stdout), text(child.stderr)]);
    const written = program.writes === undefined ? undefined : readFileSync(join(folder, program.writes), 'utf8');
    return { code, stdout, stderr, written, requests: server.requests };
  } finally {
    await server.close();
  }
}

/** Neither the settings of whoever runs the tests nor their home directory may reach a program. */
function bareEnvironment(home: string): Record<string, string> {
  const names = ['PATH', 'SystemRoot', 'TEMP', 'TMPDIR'];
  const kept = names.flatMap((name) => (process.env[name] === undefined ? [] : [[name, process.env[name]] as const]));
  return { ...Object.fromEntries(kept), HOME: home, USERPROFILE: home };
}
