// SPDX-License-Identifier: Apache-2.0
// Makes a checkout ready to run: installs dependencies and builds dist/, each only when missing or stale.
// Runs on any Node since 20; everything after it runs on the Node that the `node` development dependency pins.
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { pinnedNode, withPinnedNode } from './pinned-node.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');

if (!isInstalled()) {
  console.log('setup: installing dependencies');
  const quiet = ['--no-audit', '--no-fund', '--loglevel=error'];
  // `npm ci` refuses a lock without the optional binaries of other platforms, which is what npm writes behind a registry
  // that does not carry them; `npm install` takes what the lock has, and the check below says whether that was installed.
  const refused = npm('ci', ...quiet);
  const failed = refused && npm('install', '--no-save', ...quiet);
  if (failed) stop(`${refused}\n${failed}`);
  if (!isInstalled()) stop('npm installed something else than package-lock.json says');
}
const unbuilt = run(pinnedNode, [join(root, 'scripts/build.mjs'), '--if-stale'], { env: withPinnedNode(process.env) });
if (unbuilt) stop(unbuilt);

/** npm leaves a record of what it installed; an optional package (another platform's binary) may be absent from it. */
function isInstalled() {
  const record = join(root, 'node_modules/.package-lock.json');
  if (!existsSync(record) || !existsSync(pinnedNode)) return false;
  const installed = packagesOf(record);
  return Object.entries(packagesOf(join(root, 'package-lock.json'))).every(([path, wanted]) => {
    const found = installed[path];
    if (path === '') return true;
    return found ? found.integrity === wanted.integrity && found.version === wanted.version : wanted.optional === true;
  });
}

function packagesOf(path) {
  return JSON.parse(readFileSync(path, 'utf8')).packages;
}

function npm(...args) {
  return run('npm', args, { shell: process.platform === 'win32' });
}

/** Says what went wrong, with everything the command printed; undefined when it succeeded. */
function run(command, args, options) {
  const { status, signal, error, stdout, stderr } = spawnSync(command, args, {
    cwd: root,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
    maxBuffer: 64 * 1024 * 1024,
    ...options,
  });
  if (status === 0) return undefined;
  const reason = error?.message ?? signal ?? `exit code ${status}`;
  return `${stdout ?? ''}${stderr ?? ''}\`${command} ${args.join(' ')}\` failed (${reason})`;
}

function stop(reason) {
  console.error(`setup: ${reason}`);
  process.exit(1);
}
