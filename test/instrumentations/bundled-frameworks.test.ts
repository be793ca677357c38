// SPDX-License-Identifier: Apache-2.0
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { linkPackages, makeTree, packagesIn } from '../support/application-tree.ts';
import { type AppResult, ROOT, runApp } from '../support/run.ts';

const ESBUILD = join(ROOT, 'test/apps/packaging/node_modules/esbuild/bin/esbuild');
const SDKS = ['openai', '@ai-sdk/provider-utils', '@flow/register'];
const APP = 'bundled-frameworks-app.mjs';

const tree = makeTree('bundled-frameworks', { openai: join(ROOT, 'node_modules/openai') }, [
  join(import.meta.dirname, APP),
]);
linkPackages(tree, packagesIn(join(ROOT, 'test/apps/frameworks/node_modules'), '', ['openai']));
afterAll(() => rmSync(tree, { recursive: true }));

const QUIET = { OTEL_TRACES_EXPORTER: 'none', OTEL_METRICS_EXPORTER: 'none', OTEL_LOGS_EXPORTER: 'none' };

const runBundle = (file: string, env: Readonly<Record<string, string>> = {}): Promise<AppResult> =>
  runApp({
    args: ['--import', join(ROOT, 'dist/esm/register.js')],
    file: join(tree, file),
    env: { ...QUIET, ...env },
  });

/** The modules that lines on standard error are about. */
const told = (stderr: string): readonly (string | undefined)[] =>
  stderr
    .trimEnd()
    .split('\n')
    .map((line) => /^flow: (\S+)@\S+ has requests sent, but Flow neither .* keep .* external /.exec(line)?.[1]);

describe('frameworks in a bundle, whose SDKs are outside of it', () => {
  beforeAll(async () => {
    const REQUIRE = `--banner:js=import { createRequire as makeRequire } from 'node:module'; const require = makeRequire(import.meta.url);`;
    const options = ['--bundle', '--platform=node', '--format=esm', '--log-level=error', REQUIRE];
    const externals = SDKS.map((name) => `--external:${name}`);
    const args = [ESBUILD, APP, ...options, ...externals, '--outfile=bundle.mjs'];
    const { code, stderr } = await runApp({ args, cwd: tree });
    if (code !== 0) throw new Error(stderr);
  }, 60_000);

  it('are told of once each, because policy does not see their tools', async () => {
    const { code, stdout, stderr } = await runBundle('bundle.mjs');
    expect({ code, stdout }).toEqual({ code: 0, stdout: 'hi\n'.repeat(3) });
    expect(told(stderr)).toEqual(['@openai/agents-core', '@langchain/core/tools', 'ai']);
  });

  it('are gaps in the coverage', async () => {
    const { code, stderr } = await runBundle('bundle.mjs', { FLOW_REQUIRE_COVERAGE: '1', FLOW_LOG: 'error' });
    expect(code).toBe(1);
    expect(stderr).toMatch(
      /^flow: coverage required, .*@openai\/agents-core@\S+ \(bundled\), .*, ai@\S+ \(bundled\)\n$/,
    );
  });

  it('are refused with FLOW_UNPATCHED=refuse, where there is policy', async () => {
    writeFileSync(
      join(tree, 'policy.mjs'),
      `import { flow } from '@flow/register/api'; flow.tool.addConditionalExecution('any', () => undefined);`,
    );
    const { code, stdout } = await runBundle('bundle.mjs', {
      FLOW_UNPATCHED: 'refuse',
      NODE_OPTIONS: `--import ${pathToFileURL(join(tree, 'policy.mjs')).href}`,
    });
    expect({ code, stdout }).toEqual({ code: 0, stdout: 'FLOW_UNPATCHED\n'.repeat(3) });
    expect(await runBundle('bundle.mjs', { FLOW_UNPATCHED: 'refuse' })).toMatchObject({ stdout: 'hi\n'.repeat(3) });
  });

  it('are not, where only a name looks alike: other packages, and what asks no model', async () => {
    const agents = ['cohere-ai/8.1.0', 'acme-ai/1.2.0', 'own/1 (+https://acme.ai/2025)', 'own/1 Agents/JavaScript 1'];
    const { code, stdout, stderr } = await runApp({
      args: ['--import', join(ROOT, 'dist/esm/register.js')],
      code: `import { createServer } from 'node:http';
        const server = createServer((request, response) => response.end(request.headers['user-agent'] + '\\n')).listen(0, '127.0.0.1', async () => {
          const url = 'http://127.0.0.1:' + server.address().port + '/v1/chat/completions';
          for (const agent of ${JSON.stringify(agents)}) {
            const answer = await fetch(url, { method: 'POST', headers: { 'user-agent': agent }, body: '{}' });
            process.stdout.write(await answer.text());
          }
          const answer = await fetch(url, { headers: { 'user-agent': 'Agents/JavaScript 1' } });
          process.stdout.write(await answer.text());
          server.close();
        });`,
      env: { ...QUIET, FLOW_REQUIRE_COVERAGE: '1' },
    });
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout.trimEnd().split('\n')).toHaveLength(agents.length + 1);
  });

  it('are not, where they are outside as well', async () => {
    const { code, stdout, stderr } = await runBundle(APP, { FLOW_REQUIRE_COVERAGE: '1', FLOW_UNPATCHED: 'refuse' });
    expect({ code, stdout, stderr }).toEqual({ code: 0, stdout: 'hi\n'.repeat(3), stderr: '' });
  });
});
