// SPDX-License-Identifier: Apache-2.0
// Random programs over the public API: `npm run fuzz`, `npm run fuzz -- --cases 50000 --seed 7`, `npm run fuzz -- --seed 7 --case 12`.
import { spawnSync } from 'node:child_process';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { pinnedNode, withPinnedNode } from './pinned-node.mjs';

const main = join(dirname(fileURLToPath(import.meta.url)), '../test/fuzz/main.ts');

// Memory is measured after a collection.
const { status, error } = spawnSync(pinnedNode, ['--expose-gc', main, ...process.argv.slice(2)], {
  env: withPinnedNode(process.env),
  stdio: 'inherit',
});
if (error) console.error(error.message);
process.exitCode = status ?? 1;
