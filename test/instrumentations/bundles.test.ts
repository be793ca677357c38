// SPDX-License-Identifier: Apache-2.0
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { linkPackages, makeTree, packagesIn } from '../support/application-tree.ts';
import { type AppResult, ROOT, runApp } from '../support/run.ts';

const ESBUILD = join(ROOT, 'test/apps/packaging/node_modules/esbuild/bin/esbuild');
const FRAMEWORKS = join(ROOT, 'test/apps/frameworks/node_modules');
const MAIN = ['openai', '@anthropic-ai/sdk', '@google/genai'];

const tree = makeTree('bundles', Object.fromEntries(MAIN.map((name) => [name, join(ROOT, 'node_modules', name)])), [
  join(import.meta.dirname, 'bundled-app.mjs'),
]);
linkPackages(tree, packagesIn(FRAMEWORKS, '', ['@anthropic-ai', '@google', 'openai']));
afterAll(() => rmSync(tree, { recursive: true }));

/** Packages of CommonJS in a bundle of ES modules ask for this, whoever bundles them. */
const REQUIRE = `--banner:js=import { createRequire as makeRequire } from 'node:module'; const require = makeRequire(import.meta.url);`;

/** What policy sees of one call: its kind, its name, and of a model call its provider. */
const SEEN: Readonly<Record<string, readonly string[]>> = {
  openai: ['llm', 'openai', 'openai'],
  anthropic: ['llm', 'anthropic', 'anthropic'],
  genai: ['llm', 'google-genai', 'gcp.gemini'],
  'langchain model': ['llm', 'langchain', 'own'],
  'langchain anthropic': ['llm', 'langchain', 'anthropic'],
  'langchain tool': ['tool', 'look'],
  agents: ['tool', 'remove'],
  langgraph: ['llm', 'langchain', 'own'],
  'mcp server': ['tool', 'add'],
  'mcp client': ['tool', 'add'],
};
const SCOPES: Readonly<Record<string, readonly string[]>> = {
  agents: ['function Agent workflow', 'agent a'],
  langgraph: ['agent graph'],
};

describe.each([
  ['an ES module, minified', 'bundle.mjs', ['--format=esm', '--minify', REQUIRE]],
  ['CommonJS', 'bundle.cjs', ['--format=cjs']],
] as const)(
  'SDKs that esbuild has put into the application, as %s, and that are handed to instrument()',
  (form, name, flags) => {
    let ended: AppResult;
    let lines: readonly (readonly unknown[])[];
    beforeAll(async () => {
      const options = ['--bundle', '--platform=node', '--external:@flow/register', '--log-level=warning'];
      const bundling = await runApp({
        args: [ESBUILD, 'bundled-app.mjs', ...options, ...flags, `--outfile=${name}`],
        cwd: tree,
      });
      if (bundling.code !== 0) throw new Error(bundling.stderr);
      ended = await runApp({
        args: ['--import', join(ROOT, 'dist/esm/register.js')],
        file: join(tree, name),
        env: { OTEL_TRACES_EXPORTER: 'none', OTEL_METRICS_EXPORTER: 'none', OTEL_LOGS_EXPORTER: 'none' },
      });
      const printed = ended.stdout.trimEnd().split('\n');
      lines = printed.map((line) => JSON.parse(line) as readonly unknown[]);
    }, 60_000);

    it.each(Object.keys(SEEN))('%s: each call is seen once, and a guardrail holds', (sdk) => {
      const [, handed, result, seen, refused, scopes] = lines.find(([each]) => each === sdk) ?? [];
      expect([handed, result]).toEqual([true, 'hi']);
      // A minifier leaves nothing of the name of a class, and LangChain has no other one for the provider of such a model.
      const isNameless = SEEN[sdk]?.[1] === 'langchain' && form.endsWith('minified');
      const calls = seen as readonly (readonly string[])[];
      expect(
        calls.map(([kind, name, ...by]) => [kind, name, ...(isNameless ? (SEEN[sdk]?.slice(2) ?? []) : by)]),
      ).toEqual([SEEN[sdk]]);
      // A server tells its client.
      expect(refused).toBe(sdk === 'mcp server' ? 'The call was rejected: no' : 'FLOW_GUARDRAIL_REJECTED');
      expect(scopes).toEqual([...(SCOPES[sdk] ?? []), ...(SCOPES[sdk] ?? [])]);
    });

    it('each is a row of the coverage ledger, with its calls and nothing missing', () => {
      const rows = lines.at(-1) as readonly (readonly [string, string, string, readonly string[], boolean])[];
      expect(rows.slice(0, -1).map(([, , format, missing, called]) => [format, missing, called])).toEqual(
        rows.slice(1).map(() => ['bundled', [], true]),
      );
    });

    it('the functions of `ai` cannot be replaced there: a line says so, and what to do', () => {
      expect(lines.find(([sdk]) => sdk === 'ai')).toEqual(['ai', true, 'hi', [], 'hi', []]);
      const fix =
        'keep it external (esbuild: --packages=external), use a version of the majors 5 to 7, or report this version';
      expect(ended.stderr).toBe(
        `flow: ai@unknown (bundled) has no generateText, streamText: calls that go there are neither observed nor controlled; ${fix}\n`,
      );
    });
  },
);
