// SPDX-License-Identifier: Apache-2.0
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { addDependant } from '../../support/application-tree.ts';
import { ROOT, runApp } from '../../support/run.ts';
import { MAJORS, makeApp, makeDoctoredApp, packageOf } from './installed.ts';

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
      const needed = Object.fromEntries(['ai', '@ai-sdk/openai'].map((name) => [name, packageOf(major, name)]));
      addDependant(
        tree,
        `needs-${major}`,
        needed,
        `export * as ai from 'ai'; export * as openai from '@ai-sdk/openai';`,
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
    expect(stdout.trimEnd().split('\n')).toEqual([...refused, '0 12']);
  });
});

describe('an ai without its seams', () => {
  it('is warned about, has its row in the ledger, and runs on', async () => {
    const tree = makeDoctoredApp('7', { postJsonToApi: 'sendJsonToApi', executeTool: 'runToolByItself' });
    trees.push(tree);
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
    const [answer, text = ''] = stdout.trimEnd().split('\n');
    // Some versions bring several copies of the utilities.
    const rows = JSON.parse(text) as readonly [name: string, missing: readonly string[], calls: number][];
    expect(answer).toBe('it was asked');
    expect(rows.filter(([name], index) => rows.findIndex(([other]) => other === name) === index)).toEqual([
      ['@ai-sdk/provider-utils', ['postJsonToApi', 'executeTool'], 0],
      ['ai', [], 1],
    ]);
    expect(stderr.trimEnd().split('\n')).toHaveLength(rows.filter(([, missing]) => missing.length > 0).length);
    expect(stderr).toContain('@ai-sdk/provider-utils@');
    expect(stderr).toContain(
      'has no postJsonToApi, executeTool: calls that go there are neither observed nor controlled',
    );
  });
});
