// SPDX-License-Identifier: Apache-2.0
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ROOT, runApp } from '../support/run.ts';

const folder = mkdtempSync(join(tmpdir(), 'flow-hooks-'));
const require = `const require = process.getBuiltinModule('node:module').createRequire(process.cwd() + '/');`;
const register = `import { register } from 'import-in-the-middle/register-hooks.mjs';
import { Hook } from 'import-in-the-middle';`;

describe('the module hooks, which are loaded when the first package to be patched is', () => {
  beforeAll(() => {
    mkdirSync(join(folder, 'node_modules'));
    for (const name of ['openai', 'import-in-the-middle'])
      symlinkSync(join(ROOT, 'node_modules', name), join(folder, 'node_modules', name));
    writeFileSync(join(folder, 'package.json'), JSON.stringify({ imports: { '#ai': 'openai' } }));
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  async function patchedBy(code: string): Promise<{ patched: readonly string[]; stdout: string }> {
    const off = { OTEL_TRACES_EXPORTER: 'none', OTEL_METRICS_EXPORTER: 'none', OTEL_LOGS_EXPORTER: 'none' };
    const args = ['--import', join(ROOT, 'dist/esm/register.js')];
    const { stderr, stdout } = await runApp({ args, code, cwd: folder, env: { ...off, FLOW_LOG: 'debug' } });
    expect(stderr).not.toContain('Error');
    return {
      patched: [...stderr.matchAll(/patched openai@[\d.]+ \((\w+)\): /g)].map(([, format]) => format ?? ''),
      stdout,
    };
  }

  test.each([
    ['an import', `import 'openai';`, ['esm']],
    ['a require by name', `${require} require('openai');`, ['cjs']],
    ['a require by its path', `${require} require(require.resolve('openai'));`, ['cjs']],
    ['a require by an alias', `${require} require('#ai');`, ['cjs']],
    ['both', `${require} require('openai'); await import('openai');`, ['cjs', 'esm']],
  ])('patch it when %s is what asks for it first', async (_, code, formats) => {
    expect((await patchedBy(code)).patched).toEqual(formats);
  });

  test('load nothing for an application that only asks where it is', async () => {
    const code = `${require} require.resolve('openai');
      console.log(Object.keys(require.cache).filter((file) => /node_modules.(openai|require-in-the-middle)/.test(file)));`;
    expect(await patchedBy(code)).toEqual({ patched: [], stdout: '[]\n' });
  });

  test('leave room for those that the application registers itself', async () => {
    const code = `${register} register();
      new Hook(['openai'], (exports, name) => console.log(name, typeof exports.OpenAI));
      await import('openai');`;
    expect(await patchedBy(code)).toEqual({ patched: ['esm'], stdout: 'openai function\n' });
  });

  test('keep whoever wrapped require since around what they patch', async () => {
    const code = `${require}
      const { prototype } = process.getBuiltinModule('node:module');
      const inner = prototype.require;
      prototype.require = function (id) { if (id === 'openai') console.log('asked'); return inner.apply(this, arguments); };
      require('openai');
      require('openai');`;
    expect(await patchedBy(code)).toEqual({ patched: ['cjs'], stdout: 'asked\nasked\n' });
  });
});
