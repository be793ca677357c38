// SPDX-License-Identifier: Apache-2.0
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { copyPackage, linkPackages } from '../../support/application-tree.ts';
import { type AppResult, ROOT, runApp } from '../../support/run.ts';
import { MAJORS, type Major, besidesOf, makeApp, packageOf } from './installed.ts';

const none = { OTEL_TRACES_EXPORTER: 'none', OTEL_METRICS_EXPORTER: 'none', OTEL_LOGS_EXPORTER: 'none' };
const register: readonly string[] = ['--import', join(ROOT, 'dist/esm/register.js')];
const trees: string[] = [];
afterAll(() => trees.forEach((tree) => rmSync(tree, { recursive: true })));

function treeOf(major: Major, sdk?: string): string {
  const tree = makeApp(major, sdk);
  trees.push(tree);
  return tree;
}

const HEAD = `import { flow } from '@flow/register/api';
  import { coverage, instrument } from '@flow/register/sdk';
  globalThis.fetch = async () => new Response('{"candidates":[{"content":{"parts":[{"text":"answered"}]}}]}', { headers: { 'content-type': 'application/json' } });
  const reject = () => flow.llm.addConditionalExecution('none', () => 'no');
  const ask = ({ GoogleGenAI }) =>
    new GoogleGenAI({ apiKey: 'k' }).models.generateContent({ model: 'm', contents: 'Hi' }).then(({ text }) => text, ({ code }) => code);
  const rows = () => coverage().map(({ format, patched, missing, calls }) => [format, patched, missing, calls]);
  const print = (...values) => values.forEach((value) => console.log(JSON.stringify(value)));
  import { load } from './load.mjs';`;

async function run(tree: string, code: string, env = {}, args = register): Promise<AppResult & { lines: unknown[] }> {
  writeFileSync(join(tree, 'app.mjs'), `${HEAD}\n${code}`);
  const result = await runApp({ args, file: join(tree, 'app.mjs'), env: { ...none, ...env } });
  const lines = result.stdout.trimEnd().split('\n').filter(Boolean);
  return { ...result, lines: lines.map((line) => JSON.parse(line) as unknown) };
}

const POINTS = ['ApiClient.apiCall', 'Models.generateContent'];

describe('every way to load the SDK', () => {
  it('is patched: both formats, the entries of the package, and classes that extend the client', async () => {
    const { lines, stderr } = await run(
      treeOf(3),
      `reject();
      for (const [format, entry] of [['esm'], ['cjs'], ['esm', '@google/genai/web'], ['esm', '@google/genai/node']]) {
        const sdk = await load(format, entry);
        print(await ask(sdk), await ask({ GoogleGenAI: class Own extends sdk.GoogleGenAI {} }));
      }
      print(rows());`,
    );
    expect(stderr).toBe('');
    expect(lines.pop()).toEqual([
      ['esm', POINTS, [], 6],
      ['cjs', POINTS, [], 2],
    ]);
    expect(lines).toEqual(Array.from({ length: 8 }, () => 'FLOW_GUARDRAIL_REJECTED'));
  });

  it('holds where finding the client beneath would have the SDK warn: then it is found at the first call', async () => {
    const code = `reject(); const sdk = await load('esm'); print(await ask(sdk)); print(rows());`;
    const { lines, stderr } = await run(treeOf(3), code, { GOOGLE_API_KEY: 'a', GEMINI_API_KEY: 'b' });
    expect(lines).toEqual(['FLOW_GUARDRAIL_REJECTED', [['esm', POINTS, [], 1]]]);
    expect(stderr.split('Both GOOGLE_API_KEY and GEMINI_API_KEY are set')).toHaveLength(2);
  });

  it.each([
    [1, 'the class', 'sdk.GoogleGenAI'],
    [2, 'a client', "new sdk.GoogleGenAI({ apiKey: 'k' })"],
    [3, 'what it exports', 'sdk'],
  ] as const)('takes @google/genai %i by hand: %s', async (major, _, target) => {
    const code = `const sdk = await load('cjs'); print(await ask(sdk)); reject(); print(instrument(${target}), instrument({}), await ask(sdk), rows());`;
    const { lines } = await run(treeOf(major), code, {}, []);
    expect(lines).toEqual(['answered', true, false, 'FLOW_GUARDRAIL_REJECTED', [['bundled', POINTS, [], 1]]]);
  });
});

/** The package with the function that sends under another name, as a later version may have it. */
function doctored(major: Major): string {
  const folder = join(treeOf(major), 'doctored');
  const target = join(folder, 'node_modules/@google/genai');
  copyPackage(packageOf(major), target, {
    without: /(?:^|\/)web(?:\/|$)/,
    renamed: { apiCall: 'sendCall' },
    within: /^dist\/node\/index\.[cm]js$/,
  });
  linkPackages(folder, besidesOf(major));
  return target;
}

describe.each(MAJORS)('@google/genai %i without its seam', (major) => {
  const tree = treeOf(major, doctored(major));

  it('is warned about once for each copy, has a row that says so, and runs on', async () => {
    const code = `for (const format of ['esm', 'cjs']) print(await ask(await load(format))); print(rows());`;
    const { lines, stderr } = await run(tree, code);
    const [, point] = POINTS;
    expect(lines).toEqual([
      'answered',
      'answered',
      ['esm', 'cjs'].map((format) => [format, [point], ['ApiClient.apiCall'], 0]),
    ]);
    const warnings = stderr
      .split('\n')
      .filter((line) => line.includes('ApiClient.apiCall: calls that go there are neither'));
    expect(warnings).toHaveLength(2);
  });

  it.runIf(major === 1)('is refused where policy is in force and the setting says so, whenever that came', async () => {
    const code = `const sdk = await load('esm'); print(await ask(sdk)); reject(); print(await ask(sdk));`;
    const { lines } = await run(tree, code, { FLOW_UNPATCHED: 'refuse' });
    expect(lines).toEqual(['answered', 'FLOW_UNPATCHED']);
  });

  it.runIf(major === 3)('is refused at its first call where it could not be looked for before', async () => {
    const code = `const sdk = await load('esm'); print(await ask(sdk)); reject(); print(await ask(sdk));`;
    const env = { FLOW_UNPATCHED: 'refuse', GOOGLE_API_KEY: 'a', GEMINI_API_KEY: 'b' };
    const { lines, stderr } = await run(tree, code, env);
    expect(lines).toEqual(['answered', 'FLOW_UNPATCHED']);
    expect(stderr.split('has no ApiClient.apiCall, so policy cannot see its calls')).toHaveLength(2);
  });
});
