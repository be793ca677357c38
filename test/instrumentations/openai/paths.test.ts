// SPDX-License-Identifier: Apache-2.0
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { ROOT, runApp } from '../../support/run.ts';

const tree = mkdtempSync(join(tmpdir(), 'flow-paths-'));
afterAll(() => rmSync(tree, { recursive: true }));

const CLASS = `class OpenAI { static Chat = { Completions: class { runTools() {} } }; async makeRequest() {} }`;
const PACKAGE: Readonly<Record<string, string>> = {
  'package.json': JSON.stringify({
    name: 'openai',
    version: '7.0.0',
    exports: {
      '.': { require: './index.js', import: './index.mjs' },
      './*.mjs': './*.mjs',
      './*.js': './*.js',
      './*': { require: './*.js', import: './*.mjs' },
    },
  }),
  'client.mjs': `export ${CLASS}`,
  'index.mjs': `export * from './client.mjs';`,
  'client.js': `exports.OpenAI = ${CLASS};`,
  'index.js': `exports.OpenAI = require('./client').OpenAI;`,
};

/** Where the package lies, seen from the folder of the application, and how a file in `app` loads it. */
const WAYS: Readonly<Record<string, readonly [place: string, load: string]>> = {
  'an import of its main file by path': ['node_modules', `import('../node_modules/openai/index.mjs')`],
  'an import of another file by path': ['node_modules', `import('../node_modules/openai/client.mjs')`],
  'an import of where it is': ['node_modules', `import(import.meta.resolve('openai'))`],
  'an import of where an entry is': ['node_modules', `import(import.meta.resolve('openai/client'))`],
  'an import by the name of a link': ['node_modules', `import('openai-1a2b')`],
  'an import of an entry by the name of a link': ['node_modules', `import('openai-1a2b/client')`],
  'an import from the workspace': ['packages', `import('openai')`],
  'a require by path': ['node_modules', `require('../node_modules/openai/client.js')`],
  'a require by the name of a link': ['node_modules', `require('openai-1a2b')`],
  'a require of an entry by the name of a link': ['node_modules', `require('openai-1a2b/client')`],
  'a require from the workspace': ['packages', `require('openai')`],
  'a require of an entry from the workspace': ['packages', `require('openai/client')`],
};

function install(folder: string, place: string, load: string): void {
  const target = join(folder, place, 'openai');
  for (const path of [target, join(folder, 'app/node_modules')]) mkdirSync(path, { recursive: true });
  for (const [name, text] of Object.entries(PACKAGE)) writeFileSync(join(target, name), text);
  for (const link of ['openai-1a2b', ...(place === 'packages' ? ['openai'] : [])])
    symlinkSync(target, join(folder, 'app/node_modules', link));
  writeFileSync(
    join(folder, 'app/load.mjs'),
    `import { createRequire } from 'node:module';
    const require = createRequire(import.meta.url);
    export const { OpenAI } = await ${load};`,
  );
}

it('a copy of the SDK is patched, in whichever way the application names it', async () => {
  for (const [at, [place, load]] of Object.values(WAYS).entries()) install(join(tree, String(at)), place, load);
  const code = `for (let at = 0; at < ${Object.keys(WAYS).length}; at++) {
      const { OpenAI } = await import(${JSON.stringify(tree)} + '/' + at + '/app/load.mjs');
      console.log(OpenAI.prototype.makeRequest[Symbol.for('flow.patched')]);
    }`;
  const env = { OTEL_TRACES_EXPORTER: 'none', OTEL_METRICS_EXPORTER: 'none', OTEL_LOGS_EXPORTER: 'none' };
  const { stdout, stderr } = await runApp({ args: ['--import', join(ROOT, 'dist/esm/register.js')], code, env });
  const patched = stdout.trimEnd().split('\n');
  expect(stderr).toBe('');
  expect(Object.fromEntries(Object.keys(WAYS).map((way, at) => [way, patched[at]]))).toEqual(
    Object.fromEntries(Object.keys(WAYS).map((way) => [way, 'true'])),
  );
});
