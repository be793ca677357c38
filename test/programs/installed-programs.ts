// SPDX-License-Identifier: Apache-2.0
import { spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';

const published = join(import.meta.dirname, 'published');
const cache = join(import.meta.dirname, '../../node_modules/.cache');
const installed = join(cache, 'programs');
const manifests = ['package.json', 'package-lock.json'];

/**
 * The folder of the programs that `published/` pins, each below its package name. The first call takes half a minute,
 * for it installs them; they stay until the pins change. No install script of theirs is run.
 */
export function installedPrograms(): string {
  if (!isInstalled()) install();
  return join(installed, 'node_modules');
}

/** npm writes its record last, so an installation that was cut short has none. */
function isInstalled(): boolean {
  const record = join(installed, 'node_modules/.package-lock.json');
  return existsSync(record) && manifests.every((file) => textOf(installed, file) === textOf(published, file));
}

function textOf(folder: string, file: string): string | undefined {
  const path = join(folder, file);
  return existsSync(path) ? readFileSync(path, 'utf8') : undefined;
}

/** Installs beside the cached folder and swaps at the end: a failure leaves nothing half done behind. */
function install(): void {
  const next = `${installed}-${process.pid}`;
  try {
    mkdirSync(next, { recursive: true });
    for (const file of manifests) copyFileSync(join(published, file), join(next, file));
    const args = ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'];
    const npm = spawnSync('npm', args, { cwd: next, encoding: 'utf8', shell: process.platform === 'win32' });
    if (npm.status !== 0) throw new Error(`npm ${args.join(' ')} failed: ${npm.error ?? npm.stderr + npm.stdout}`);
    rmSync(installed, { recursive: true, force: true });
    renameSync(next, installed);
  } finally {
    rmSync(next, { recursive: true, force: true });
  }
}
