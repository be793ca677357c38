// SPDX-License-Identifier: Apache-2.0
import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { rolldown } from 'rolldown';
import { afterAll, describe, expect, it } from 'vitest';
import { coverage, instrument } from '../../../src/sdk/index.ts';
import { type Packages, addDependant, makeTree } from '../../support/application-tree.ts';
import { ROOT, runApp } from '../../support/run.ts';
import { VERSIONS, copyPackage, packageOf, versionOf } from './installed.ts';

const none = { OTEL_TRACES_EXPORTER: 'none', OTEL_METRICS_EXPORTER: 'none', OTEL_LOGS_EXPORTER: 'none' };
const args: readonly string[] = ['--import', join(ROOT, 'dist/esm/register.js')];
const trees: string[] = [];
afterAll(() => trees.forEach((tree) => rmSync(tree, { recursive: true })));

function treeOf(packages: Packages): string {
  const tree = makeTree('anthropic', packages);
  trees.push(tree);
  return tree;
}

const SDK = '@anthropic-ai/sdk';
const CALL = `messages.create({ model: 'm', max_tokens: 9, messages: [{ role: 'user', content: 'hi' }] })`;
const LOOP = 'Beta.Messages.toolRunner';

describe('every version in one tree', () => {
  it('is patched, each copy in both formats; a guardrail holds for all, and the host tells who answers', async () => {
    const inner = VERSIONS.filter((version) => version !== '1');
    const tree = treeOf({ [SDK]: packageOf('1') });
    for (const version of inner)
      addDependant(
        tree,
        `needs-${version}`,
        { [SDK]: packageOf(version) },
        `export { Anthropic } from '${SDK}';`,
        `exports.Anthropic = require('${SDK}').Anthropic;`,
      );
    writeFileSync(
      join(tree, 'app.mjs'),
      `import { createRequire } from 'node:module';
      import { flow } from '@flow/register/api';
      import { coverage } from '@flow/register/sdk';
      import { Anthropic } from '${SDK}';
      const require = createRequire(import.meta.url);
      const clients = [Anthropic, require('${SDK}').Anthropic];
      for (const name of ${JSON.stringify(inner.map((version) => `needs-${version}`))})
        clients.push((await import(name + '/index.mjs')).Anthropic, require(name + '/index.cjs').Anthropic);
      const providers = [];
      flow.llm.addConditionalExecution('none', (call) => { providers.push(call.provider); return 'no'; });
      const fetch = () => { throw new Error('it was asked') };
      for (const Client of clients) {
        class AnthropicBedrock extends Client {}
        for (const client of [
          new Client({ apiKey: 'k', fetch }),
          new Client({ apiKey: 'k', fetch, baseURL: 'https://openrouter.ai/api' }),
          new AnthropicBedrock({ apiKey: 'k', fetch, baseURL: 'https://gateway.example' }),
        ])
          await client.${CALL}.catch((error) => console.log(error.code));
      }
      console.log(JSON.stringify(providers));
      console.log(JSON.stringify(coverage().map(({ name, version, format, patched, missing, calls }) => [name, version, format, patched, missing, calls])));`,
    );
    const { stdout, stderr } = await runApp({ args, file: join(tree, 'app.mjs'), env: none });
    const lines = stdout.trimEnd().split('\n');
    const rows = (['1', ...inner] as const).flatMap((version) =>
      ['esm', 'cjs'].map((format) => {
        const patched = ['Anthropic.makeRequest', ...(version === '0.33' ? [] : [LOOP])];
        return [SDK, versionOf(version), format, patched, [], 3];
      }),
    );
    expect(stderr).toBe('');
    expect(JSON.parse(lines.pop() ?? '')).toEqual(rows);
    expect(JSON.parse(lines.pop() ?? '')).toEqual(rows.flatMap(() => ['anthropic', 'openrouter', 'aws.bedrock']));
    expect(lines).toEqual(rows.flatMap(() => Array.from({ length: 3 }, () => 'FLOW_GUARDRAIL_REJECTED')));
  });
});

describe('an SDK without its seam and its tool loop', () => {
  it('is warned about once for each copy, is a row of the ledger, and runs on', async () => {
    const needed = ['@opentelemetry', 'standardwebhooks', 'json-schema-to-ts', '@stablelib', 'fast-sha256']
      .map((name) => [name, join(ROOT, 'node_modules', name)] as const)
      .filter(([, path]) => existsSync(path));
    const tree = treeOf(Object.fromEntries(needed));
    copyPackage('1', join(tree, 'node_modules', SDK), {
      renamed: { makeRequest: 'sendRequest', 'toolRunner(': 'toolLoop(' },
      within: /^(?:client|resources\/beta\/messages\/messages)\.m?js$/,
    });
    writeFileSync(
      join(tree, 'app.mjs'),
      `import { createRequire } from 'node:module';
      import { Anthropic } from '${SDK}';
      import { coverage } from '@flow/register/sdk';
      const fetch = async () => new Response('{"content":[]}', { headers: { 'content-type': 'application/json' } });
      for (const Client of [Anthropic, createRequire(import.meta.url)('${SDK}').Anthropic])
        console.log((await new Client({ apiKey: 'k', fetch }).${CALL}).content.length);
      console.log(JSON.stringify(coverage().map(({ missing }) => missing)));`,
    );
    const { stdout, stderr } = await runApp({ args, file: join(tree, 'app.mjs'), env: none });
    const missing = ['Anthropic.makeRequest', LOOP];
    const warning = (format: string): string =>
      `flow: ${SDK}@${versionOf('1')} (${format}) has no ${missing.join(', ')}: calls that go there are neither observed nor controlled; use a version of the majors 0 to 1, or report this version`;
    expect(stderr.trimEnd().split('\n')).toEqual(['esm', 'cjs'].map(warning));
    expect(stdout).toBe(`0\n0\n${JSON.stringify([missing, missing])}\n`);
  });
});

describe('instrument()', () => {
  it('gives each copy a row of its own, whether it is handed the exports, the class, one that extends it, or a client', async () => {
    const expected = [];
    for (const version of VERSIONS) {
      const file = join(packageOf(version), 'index');
      const copies = [
        await import(pathToFileURL(`${file}.mjs`).href),
        createRequire(import.meta.url)(`${file}.js`),
      ] as readonly { readonly Anthropic: new (options: object) => object }[];
      for (const [at, exports] of copies.entries()) {
        const { Anthropic } = exports;
        class Own extends Anthropic {}
        const targets = [exports, Anthropic, Own, new Own({ apiKey: 'k' })];
        expect(targets.map(instrument)).toEqual([true, true, true, true]);
        expected.push([SDK, versionOf(version), at === 0 ? 'esm' : 'cjs', packageOf(version), []]);
      }
    }
    const rows = coverage().map(({ name, version, format, path, missing }) => [name, version, format, path, missing]);
    expect(rows).toEqual(expected);
    expect(dirname(String(expected[0]?.[3]))).toContain('@anthropic-ai');
  });
});

describe('a copy in a bundle, minified', () => {
  it('is warned about when it sends a request; handed to instrument() it is managed', async () => {
    const tree = treeOf({ [SDK]: packageOf('1') });
    writeFileSync(
      join(tree, 'app.mjs'),
      `import Anthropic from '${SDK}';
      import { flow } from '@flow/register/api';
      import { coverage, instrument } from '@flow/register/sdk';
      import { createServer } from 'node:http';
      const server = createServer((_, response) => response.writeHead(200, { 'content-type': 'application/json' }).end('{"content":[]}'));
      server.listen(0, async () => {
        flow.llm.addConditionalExecution('none', ({ provider }) => 'no ' + provider);
        const client = new Anthropic({ apiKey: 'k', baseURL: 'http://127.0.0.1:' + server.address().port });
        console.log((await client.${CALL}).content.length, instrument(client));
        console.log(await client.${CALL}.catch((error) => error.code));
        // As the client of a cloud has it, whose class has no name here either.
        client._genAIProviderName = 'aws.bedrock';
        console.log(await client.${CALL}.catch((error) => error.reason));
        console.log(JSON.stringify(coverage().map(({ version, format, missing, calls }) => [version, format, missing.length, calls])));
        server.close();
        server.closeAllConnections();
      });`,
    );
    const bundle = await rolldown({
      input: join(tree, 'app.mjs'),
      platform: 'node',
      external: /^@flow/,
      logLevel: 'silent',
    });
    await bundle.write({ file: join(tree, 'bundle.mjs'), format: 'esm', minify: true, codeSplitting: false });
    await bundle.close();
    const { stdout, stderr } = await runApp({ args, file: join(tree, 'bundle.mjs'), env: none });
    const lines = stdout.trimEnd().split('\n');
    const rows = JSON.parse(lines.pop() ?? '') as readonly unknown[];
    expect(lines).toEqual(['0 true', 'FLOW_GUARDRAIL_REJECTED', 'no aws.bedrock']);
    expect(rows.at(-1)).toEqual([versionOf('1'), 'bundled', 0, 2]);
    expect(stderr).toMatch(new RegExp(`^flow: ${SDK}@${versionOf('1')} sends requests that Flow neither observes`));
  });
});
