// SPDX-License-Identifier: Apache-2.0
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';

/** The reference runtime, never a dependency: installed here when the bench first needs it. */
const NAME = 'nemo-flow-node';
const VERSION = '0.2.0';
export const CACHE: string = join(import.meta.dirname, '../node_modules/.cache/bench');
const home = join(CACHE, 'node_modules', NAME);

function installedVersion(): string | undefined {
  const manifest = join(home, 'package.json');
  return existsSync(manifest) ? (JSON.parse(readFileSync(manifest, 'utf8')) as { version: string }).version : undefined;
}

/** Installs it unless it is there. Returns why it cannot be measured, if so. */
export function installReference(): string | undefined {
  if (installedVersion() === VERSION) return undefined;
  mkdirSync(CACHE, { recursive: true });
  const command = ['install', '--prefix', CACHE, '--no-audit', '--no-fund', '--loglevel=error', `${NAME}@${VERSION}`];
  const { error, stdout, stderr } = spawnSync('npm', command, {
    encoding: 'utf8',
    shell: process.platform === 'win32',
  });
  if (installedVersion() === VERSION) return undefined;
  return `npm could not install ${NAME}@${VERSION}: ${error?.message ?? `${stdout}${stderr}`.trim()}`;
}

/** Loads it. */
export function loadReference<Shape>(): Shape {
  return createRequire(import.meta.url)(home) as Shape;
}
