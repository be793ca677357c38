// SPDX-License-Identifier: Apache-2.0
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { flow } from '@flow/register/api';

await flow.scope.run('planner', { type: 'agent' }, async () => {
  // Plain headers: they go wherever strings go.
  const headers = flow.scope.inject({});
  const worker = new Worker(new URL('part.mjs', import.meta.url), { workerData: { name: 'in a worker', headers } });
  const env = { ...process.env, PART: JSON.stringify({ name: 'in a child process', headers }) };
  const child = spawn(process.execPath, [...process.execArgv, 'part.mjs'], { env, stdio: 'inherit' });
  await Promise.all([once(worker, 'exit'), once(child, 'exit')]);
});
