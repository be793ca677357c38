// SPDX-License-Identifier: Apache-2.0
import { cpSync, mkdirSync, readFileSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { ROOT, runApp } from '../../support/run.ts';
import { MAJORS, type Major, makeApp, packageOf } from './installed.ts';

const none = { OTEL_TRACES_EXPORTER: 'none', OTEL_METRICS_EXPORTER: 'none', OTEL_LOGS_EXPORTER: 'none' };
const args: readonly string[] = ['--import', join(ROOT, 'dist/esm/register.js')];
const trees: string[] = [];
afterAll(() => trees.forEach((tree) => rmSync(tree, { recursive: true })));

const SOURCE = `
  const fetch = () => { throw new Error('it was asked') };
  const ask = (ai, { createOpenAI }) =>
    ai.generateText({ model: createOpenAI({ apiKey: 'k', fetch }).chat('m'), prompt: 'hi', maxRetries: 0 });`;

describe('every major in one tree', () => {
  it('is patched, each copy in both formats, and a guardrail holds for all', async () => {
    const tree = makeApp('7');
    trees.push(tree);
    const inner = MAJORS.filter((major) => major !== '7');
    for (const major of inner) {
      const folder = join(tree, `node_modules/needs-${major}`);
      for (const name of ['ai', '@ai-sdk/openai']) link(join(folder, 'node_modules', name), packageOf(major, name));
      writeFileSync(join(folder, 'index.mjs'), `export * as ai from 'ai'; export * as openai from '@ai-sdk/openai';`);
      writeFileSync(
        join(folder, 'index.cjs'),
        `exports.ai = require('ai'); exports.openai = require('@ai-sdk/openai');`,
      );
    }
    writeFileSync(
      join(tree, 'copies.mjs'),
      `import { createRequire } from 'node:module';
      import { flow } from '@flow/register/api';
      import { coverage } from '@flow/register/sdk';
      import * as ai from 'ai';
      import * as openai from '@ai-sdk/openai';
      const require = createRequire(import.meta.url);
      const copies = [[ai, openai], [require('ai'), require('@ai-sdk/openai')]];
      for (const name of ${JSON.stringify(inner.map((major) => `needs-${major}`))})
        for (const each of [await import(name + '/index.mjs'), require(name + '/index.cjs')]) copies.push([each.ai, each.openai]);
      flow.llm.addConditionalExecution('none', () => 'no');
      ${SOURCE}
      for (const [ai, openai] of copies) console.log(await ask(ai, openai).catch((error) => error.code));
      const rows = coverage();
      console.log(rows.filter(({ missing }) => missing.length > 0).length, rows.reduce((sum, { calls }) => sum + calls, 0));`,
    );
    const { stdout, stderr } = await runApp({ args, file: join(tree, 'copies.mjs'), env: none });
    expect(stderr).toBe('');
    const refused = Array.from({ length: 6 }, () => 'FLOW_GUARDRAIL_REJECTED');
    expect(stdout.trimEnd().split('\n')).toEqual([...refused, '0 6']);
  });
});

describe('an ai without its seams', () => {
  it('is warned about, has its row in the ledger, and runs on', async () => {
    const tree = doctored('7', { postJsonToApi: 'sendJsonToApi', executeTool: 'runToolByItself' });
    writeFileSync(
      join(tree, 'app.mjs'),
      `import * as ai from 'ai';
      import { coverage } from '@flow/register/sdk';
      import * as openai from '@ai-sdk/openai';
      ${SOURCE}
      console.log(await ask(ai, openai).catch((error) => error.message));
      console.log(JSON.stringify(coverage().map(({ name, missing, calls }) => [name, missing, calls])));`,
    );
    const { stdout, stderr } = await runApp({ args, file: join(tree, 'app.mjs'), env: none });
    const [answer, rows] = stdout.trimEnd().split('\n');
    expect(answer).toBe('it was asked');
    expect(JSON.parse(rows ?? '')).toEqual([
      ['@ai-sdk/provider-utils', ['postJsonToApi', 'executeTool'], 0],
      ['ai', [], 0],
    ]);
    expect(stderr.trimEnd().split('\n')).toHaveLength(1);
    expect(stderr).toContain('@ai-sdk/provider-utils@');
    expect(stderr).toContain(
      'has no postJsonToApi, executeTool: calls that go there are neither observed nor controlled',
    );
  });
});

/** The same application on packages whose functions have other names, as later ones may have. */
function doctored(major: Major, renamed: Readonly<Record<string, string>>): string {
  const tree = makeApp(major);
  trees.push(tree);
  const modules = dirname(packageOf(major, 'ai'));
  rmSync(join(tree, 'node_modules'), { recursive: true });
  for (const name of readdirSync(modules))
    if (!['.', '@ai-sdk', 'ai'].includes(name) && !name.startsWith('.'))
      link(join(tree, 'node_modules', name), join(modules, name));
  link(join(tree, 'node_modules/@flow/register'), ROOT);
  for (const name of ['ai', ...readdirSync(join(modules, '@ai-sdk')).map((each) => `@ai-sdk/${each}`)]) {
    const target = join(tree, 'node_modules', name);
    const filter = (path: string): boolean => !/\.map$|\.d\.[cm]?ts$|\/(?:src|docs)(?:\/|$)/.test(path);
    cpSync(join(modules, name), target, { recursive: true, dereference: true, filter });
    for (const file of readdirSync(target, { recursive: true, encoding: 'utf8' })) {
      if (!file.endsWith('.js')) continue;
      const text = readFileSync(join(target, file), 'utf8');
      const other = Object.entries(renamed).reduce((done, [from, to]) => done.replaceAll(from, to), text);
      if (other !== text) writeFileSync(join(target, file), other);
    }
  }
  return tree;
}

function link(place: string, target: string): void {
  mkdirSync(dirname(place), { recursive: true });
  symlinkSync(target, place);
}
