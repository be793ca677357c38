// SPDX-License-Identifier: Apache-2.0
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readFile, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

/** Where the package's own checkout lies. */
export const root: string = join(import.meta.dirname, '../..');

/** How a process ended and what it printed. */
export interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** An application of its own folder, outside the checkout, with the packed package and an AI SDK installed by npm. */
export interface Consumer {
  readonly folder: string;
  /** Writes a source file, or several, before a run. */
  readonly write: (files: Readonly<Record<string, string>>) => Promise<void>;
  /** Runs the pinned Node, or another one, in the folder, two runs at a time. */
  readonly node: (args: readonly string[], env?: Readonly<Record<string, string>>, binary?: string) => Promise<Ended>;
  readonly remove: () => Promise<void>;
}

/** One row of what `npm pack --json` says. */
export interface Packed {
  readonly filename: string;
  readonly files: readonly { readonly path: string; readonly size: number }[];
}

/** Packs the checkout as it is built now; with a destination the tarball is written there. */
export async function pack(destination?: string): Promise<Packed> {
  const target = destination ? ['--pack-destination', destination] : ['--dry-run'];
  const { code, stdout, stderr } = await run('npm', ['pack', '--json', ...target], root);
  if (code !== 0) throw new Error(`npm pack failed:\n${stderr}`);
  // One array of packages up to npm 11, an object by package name since.
  const packed = Object.values(JSON.parse(stdout) as Record<string, Packed>)[0];
  if (!packed) throw new Error(`npm pack printed no package:\n${stdout}`);
  return packed;
}

/** Packs, and installs the tarball into a new empty application. `linked` is the layout of pnpm: a package finds what it depends on, and nothing else. */
export async function install(strategy: 'hoisted' | 'linked' = 'hoisted'): Promise<Consumer> {
  // The real path, so that what the application prints about itself compares.
  const folder = await realpath(await mkdtemp(join(tmpdir(), 'flow-consumer-')));
  const { filename } = await pack(folder);
  await writeFile(join(folder, 'package.json'), JSON.stringify({ name: 'consumer', private: true }));
  const { devDependencies } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as {
    devDependencies: Readonly<Record<string, string>>;
  };
  const packages = [join(folder, filename), `openai@${devDependencies['openai']}`];
  const flags = ['--prefer-offline', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'];
  const installed = await run('npm', ['install', ...packages, `--install-strategy=${strategy}`, ...flags], folder);
  if (installed.code !== 0) throw new Error(`npm install failed:\n${installed.stderr}`);
  const slot = createSlots(2);
  return {
    folder,
    write: async (files) => {
      for (const [name, text] of Object.entries(files)) {
        await mkdir(dirname(join(folder, name)), { recursive: true });
        await writeFile(join(folder, name), text);
      }
    },
    node: (args, env = {}, binary = process.execPath) => slot(() => run(binary, args, folder, env)),
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}

/** Lets that many pieces of work run at a time; the others wait for their turn. */
function createSlots(count: number): <T>(work: () => Promise<T>) => Promise<T> {
  const turns: (() => void)[] = [];
  let free = count;
  return async (work) => {
    if (free > 0) free--;
    else await new Promise<void>((resolve) => turns.push(resolve));
    try {
      return await work();
    } finally {
      const next = turns.shift();
      if (next === undefined) free++;
      else next();
    }
  };
}

/** The text of an installed file, by its path below the consumer's folder. */
export function read(consumer: Consumer, path: string): Promise<string> {
  return readFile(join(consumer.folder, path), 'utf8');
}

function run(
  command: string,
  args: readonly string[],
  cwd: string,
  env: Readonly<Record<string, string>> = {},
): Promise<Ended> {
  const options = { cwd, env: { ...neutralEnvironment(), ...env }, maxBuffer: 64 * 1024 * 1024 };
  return new Promise((resolve) => {
    execFile(command, args, options, (error, stdout, stderr) => {
      resolve({ code: error ? (typeof error.code === 'number' ? error.code : 1) : 0, stdout, stderr });
    });
  });
}

/** Without what `npm test` says about this checkout, and without settings that would change what Flow does. */
function neutralEnvironment(): Record<string, string | undefined> {
  const foreign =
    /^(?:npm_(?:package|lifecycle|config_local_prefix|command)|INIT_CWD|NODE_OPTIONS|OTEL_|FLOW_|VITEST|JEST_|NODE_ENV|TEST)/;
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !foreign.test(name)));
}
