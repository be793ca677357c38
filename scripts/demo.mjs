// SPDX-License-Identifier: Apache-2.0
// Runs examples/agent twice, as it is and under a policy module, and shows what Flow saw: `npm run demo`.
// Works offline against a local server; with OPENAI_API_KEY set the same command talks to the provider. An argument is the
// folder for the files (./flow/demo).
import { spawnSync } from 'node:child_process';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { pinnedNode, withPinnedNode } from './pinned-node.mjs';

const demo = join(dirname(fileURLToPath(import.meta.url)), 'demo/main.ts');

const { status, error } = spawnSync(pinnedNode, [demo, ...process.argv.slice(2)], {
  env: withPinnedNode(process.env),
  stdio: 'inherit',
});
if (error) console.error(error.message);
process.exitCode = status ?? 1;
