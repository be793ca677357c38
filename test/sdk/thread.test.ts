// SPDX-License-Identifier: Apache-2.0
import { once } from 'node:events';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { Worker } from 'node:worker_threads';
import { describe, expect, test } from 'vitest';
import { ROOT, runApp } from '../support/run.ts';

const source = JSON.stringify(pathToFileURL(join(ROOT, 'src/sdk/thread.ts')).href);
const asks = `const { thread: { isMainThread, isInternalThread } } = await import(${source});`;
const says = `process._rawDebug(isMainThread, isInternalThread, process.moduleLoadList?.includes('NativeModule worker_threads'));`;

describe('the thread', () => {
  test.each([
    ['nothing has loaded what knows of threads, and that is not loaded then', '', 'true false false\n'],
    ['something has loaded it', `await import('node:worker_threads');`, 'true false true\n'],
    ['Node does not say what is loaded', 'delete process.moduleLoadList;', 'true false undefined\n'],
  ])('is the main one where %s', async (_, first, said) => {
    expect((await runApp({ code: `${first} ${asks} ${says}` })).stderr).toBe(said);
  });

  test('is another one in a worker', async () => {
    const code = `import { parentPort } from 'node:worker_threads'; ${asks} parentPort.postMessage([isMainThread, isInternalThread]);`;
    const worker = new Worker(new URL(`data:text/javascript,${encodeURIComponent(code)}`));
    const [said] = (await once(worker, 'message')) as [unknown];
    await worker.terminate();
    expect(said).toEqual([false, false]);
  });
});
