// SPDX-License-Identifier: Apache-2.0
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { root } from '../consumer.ts';
import { expectSeen, type Matrix, runAs } from './agent.ts';

const IMPORT = ['--import', '@flow/register', '--import', './policy.mjs'];
const REQUIRE = ['-r', '@flow/register', '-r', './policy.cjs'];

/** The platform whose binaries the lock file has, that of CI. */
const IS_LOCKED = process.platform === 'linux' && process.arch === 'x64';

/** Programs that start Flow themselves, or in a thread of their own. */
const programs: Readonly<Record<string, string>> = {
  'first.mjs': `import '@flow/register';\nimport './policy.mjs';\nawait import('./agent.mjs');\n`,
  'first.cjs': `require('@flow/register');\nrequire('./policy.cjs');\nrequire('./agent.cjs');\n`,
  'worker.mjs': `import { Worker } from 'node:worker_threads';\nnew Worker('./agent.mjs');\n`,
  'alone.mjs': `import { Worker } from 'node:worker_threads';\nnew Worker('./first.mjs', { execArgv: [] });\n`,
  'too-late.mjs': `import '@flow/register';\nimport './agent.mjs';\n`,
};

/** Every way to start Flow, and every Node that it supports. */
export function describeStarts(matrix: () => Matrix): void {
  describe('an agent under policy', { timeout: 120_000 }, () => {
    test.concurrent.each([
      ['--import', 'esm-import', [...IMPORT, 'agent.mjs'], {}],
      ['-r', 'cjs-require', [...REQUIRE, 'agent.cjs'], {}],
      ['--import, as CommonJS', 'cjs-import', [...IMPORT, 'agent.cjs'], {}],
      ['-r, as an ES module', 'esm-require', [...REQUIRE, 'agent.mjs'], {}],
      ['NODE_OPTIONS', 'options', ['agent.mjs'], { NODE_OPTIONS: IMPORT.join(' ') }],
      ['an import before that of the application', 'first-esm', ['first.mjs'], {}],
      ['a require before that of the application', 'first-cjs', ['first.cjs'], {}],
      ['--import, in a worker thread', 'worker', [...IMPORT, 'worker.mjs'], {}],
      ['an import of its own in a worker thread without flags', 'worker-alone', ['alone.mjs'], {}],
    ])('is seen and controlled when Flow is started by %s', async (_, name, args, env) => {
      await matrix().consumer.write(programs);
      expectSeen(name, matrix(), await runAs(name, matrix(), args, { env }));
    });

    test.concurrent('is told of, and fails a required coverage, when its imports are loaded before Flow starts', async () => {
      await matrix().consumer.write(programs);
      const env = { FLOW_REQUIRE_COVERAGE: '1' };
      const { code, stdout, stderr } = await runAs('too-late', matrix(), ['too-late.mjs'], { env });
      expect({ code, stdout }).toEqual({ code: 1, stdout: '1\nsent\n' });
      expect(stderr).toMatch(/^flow: openai@7\S+ sends requests that Flow neither observes nor controls: /);
      expect(stderr).toContain('load Flow by --import');
      expect(stderr).toContain('coverage required, but patch points are missing in openai@7');
    });

    // The registry has binaries of every platform, a lock file only those of its own.
    test.runIf(IS_LOCKED || existsSync(nodeOf('26'))).concurrent.each([
      ['22.15', 'ES module', [...IMPORT, 'agent.mjs']],
      ['22.15', 'CommonJS', [...REQUIRE, 'agent.cjs']],
      ['26', 'ES module', [...IMPORT, 'agent.mjs']],
      ['26', 'CommonJS', [...REQUIRE, 'agent.cjs']],
    ])('is seen and controlled on Node %s as %s', async (version, format, args) => {
      const name = `node-${version.slice(0, 2)}-${format.slice(0, 2)}`;
      expectSeen(name, matrix(), await runAs(name, matrix(), args, { binary: nodeOf(version) }));
    });
  });
}

function nodeOf(version: string): string {
  const platform = process.platform === 'win32' ? 'win' : process.platform;
  const folder = `node-${version.slice(0, 2)}-${platform}-${process.arch}`;
  return join(root, 'test/apps/packaging/node_modules', folder, 'bin', platform === 'win' ? 'node.exe' : 'node');
}
