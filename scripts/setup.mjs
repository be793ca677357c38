// SPDX-License-Identifier: Apache-2.0
// Makes a checkout ready to run: installs dependencies and builds dist/, each only when missing or stale. With `--test-apps` also
// what the applications under test/apps depend on, with `--older-apps` also those on older versions.
// Runs on any Node since 20; everything after it runs on the Node that the `node` development dependency pins.
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { pinnedNode, withPinnedNode } from './pinned-node.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const apps = join(root, 'test/apps');
/** Applications that only `npm run compatibility` tries: too many versions for every run of the tests. */
const OLDER = ['between', 'oldest'];

install(root);
// The applications that tests start have dependencies of their own, which must not meet ours in one tree.
const names = readdirSync(apps).filter((name) => existsSync(join(apps, name, 'package-lock.json')));
for (const name of names)
  if (process.argv.includes(OLDER.includes(name) ? '--older-apps' : '--test-apps')) install(join(apps, name));
const unbuilt = run(pinnedNode, [join(root, 'scripts/build.mjs'), '--if-stale'], { env: withPinnedNode(process.env) });
if (unbuilt) stop(unbuilt);

function install(folder) {
  if (isInstalled(folder)) return;
  console.log(`setup: installing dependencies${folder === root ? '' : ` of ${relative(root, folder)}`}`);
  const quiet = ['--no-audit', '--no-fund', '--prefer-offline', '--loglevel=error'];
  // `npm ci` refuses a lock without the optional binaries of other platforms, which is what npm writes behind a registry
  // that does not carry them; `npm install` takes what the lock has, and the check below says whether that was installed.
  const refused = npm(folder, 'ci', ...quiet);
  const failed = refused && npm(folder, 'install', '--no-save', ...quiet);
  if (failed) stop(`${refused}\n${failed}`);
  if (!isInstalled(folder))
    stop(`npm installed something else than ${relative(root, join(folder, 'package-lock.json'))} says`);
}

/** npm leaves a record of what it installed; an optional package (another platform's binary) may be absent from it. */
function isInstalled(folder) {
  const record = join(folder, 'node_modules/.package-lock.json');
  if (!existsSync(record) || (folder === root && !existsSync(pinnedNode))) return false;
  const installed = packagesOf(record);
  return Object.entries(packagesOf(join(folder, 'package-lock.json'))).every(([path, wanted]) => {
    const found = installed[path];
    if (path === '') return true;
    return found ? found.integrity === wanted.integrity && found.version === wanted.version : wanted.optional === true;
  });
}

function packagesOf(path) {
  return JSON.parse(readFileSync(path, 'utf8')).packages;
}

function npm(folder, ...args) {
  return run('npm', args, { cwd: folder, shell: process.platform === 'win32' });
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
