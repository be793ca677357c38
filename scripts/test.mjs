// SPDX-License-Identifier: Apache-2.0
// Runs the tests: all of them, or those that the arguments select (`npm test -- test/atif`).
import { spawnSync } from 'node:child_process';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { pinnedNode, withPinnedNode } from './pinned-node.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const vitest = join(root, 'node_modules/vitest/vitest.mjs');

const { status, error } = spawnSync(pinnedNode, [vitest, 'run', ...process.argv.slice(2)], {
  cwd: root,
  env: withPinnedNode(process.env),
  stdio: 'inherit',
});
if (error) console.error(error.message);
process.exitCode = status ?? 1;
