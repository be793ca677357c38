// SPDX-License-Identifier: Apache-2.0
// Runs the suites of the instrumentations on every version that the test applications have installed (of each package the oldest supported, the newest, and
// the majors between), and writes docs/compatibility.md from what passed. `npm run setup -- --test-apps` first.
import { spawnSync } from 'node:child_process';
import { globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { instrumentations } from '../instrumentations/index.ts';

const root = join(import.meta.dirname, '..');
const PAGE = 'docs/compatibility.md';

/**
 * Which tests are about which packages. The title of a test, with those around it, says a version where there are several; without, it ran on the newest.
 * A suite of a framework is about all packages of its application.
 */
const SUITES = [
  {
    of: ['openai'],
    files: /fidelity\/(?:fidelity|control|majors)|instrumentations\/openai\//,
    version: /openai (\d+)/,
  },
  { of: ['@anthropic-ai/sdk'], files: /fidelity\/anthropic|instrumentations\/anthropic\//, version: /sdk (\d[\d.]*)/ },
  { of: ['@google/genai'], files: /instrumentations\/google-genai\//, version: /genai (\d[\d.]*)/ },
  { of: ['ai'], with: ['@ai-sdk/provider-utils'], files: /instrumentations\/ai\//, version: /\bai (\d[\d.]*)/ },
  {
    of: ['@langchain/core', '@langchain/langgraph', 'langchain', 'deepagents'],
    files: /instrumentations\/lang(?:chain|graph)\//,
  },
  { of: ['@openai/agents'], files: /instrumentations\/openai-agents\// },
  { of: ['@modelcontextprotocol/sdk'], files: /instrumentations\/mcp\//, version: /MCP (\d)/ },
  {
    of: ['@modelcontextprotocol/client', '@modelcontextprotocol/server'],
    files: /instrumentations\/mcp\//,
    version: /MCP (\d)/,
  },
];

const compare = (a, b) => a.localeCompare(b, 'en', { numeric: true });

/** Versions of the package in the root and in the test applications, oldest first. */
function installedOf(name) {
  const folders = ['node_modules', 'test/apps/*/node_modules', 'test/apps/*/*/node_modules'];
  const manifests = folders.flatMap((folder) => globSync(`${folder}/${name}/package.json`, { cwd: root }));
  const versions = manifests.map((path) => JSON.parse(readFileSync(join(root, path), 'utf8')).version);
  return [...new Set(versions)].toSorted(compare);
}

function runTests() {
  const folder = mkdtempSync(join(tmpdir(), 'flow-compatibility-'));
  const report = join(folder, 'report.json');
  try {
    const args = ['run', '--reporter=json', `--outputFile=${report}`, 'test/instrumentations', 'test/fidelity'];
    spawnSync(join(root, 'node_modules/.bin/vitest'), args, { cwd: root, stdio: ['ignore', 'inherit', 'inherit'] });
    return JSON.parse(readFileSync(report, 'utf8')).testResults.flatMap(({ name, assertionResults }) =>
      assertionResults.map(({ fullName, status }) => ({ file: name.replaceAll('\\', '/'), title: fullName, status })),
    );
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function rowsOf({ of, files, version }, tests) {
  const own = tests.filter(({ file }) => files.test(file));
  return of.flatMap((name) => {
    const installed = installedOf(name);
    const newest = installed.at(-1);
    const counts = new Map(installed.map((each) => [each, { passed: 0, failed: 0 }]));
    for (const { title, status } of own) {
      const said = version?.exec(title)?.[1];
      const on = said === undefined ? newest : installed.findLast((each) => `${each}.`.startsWith(`${said}.`));
      const count = counts.get(on);
      if (count !== undefined && status !== 'pending' && status !== 'skipped')
        count[status === 'passed' ? 'passed' : 'failed']++;
    }
    return [...counts]
      .filter(([, { passed, failed }]) => passed + failed > 0)
      .map(([each, { passed, failed }]) => `| \`${name}\` | ${each} | ${passed} | ${failed} |`);
  });
}

const tests = runTests();
const rows = SUITES.flatMap((suite) => rowsOf(suite, tests));
const known = SUITES.flatMap((suite) => [...suite.of, ...(suite.with ?? [])]);
for (const { module } of instrumentations)
  if (!known.some((name) => module.startsWith(name))) console.warn(`${module} has no suite in this script`);
writeFileSync(
  join(root, PAGE),
  `# Versions that Flow was tried with

<!-- Written by scripts/compatibility.mjs. Do not edit: run \`npm run compatibility\`. -->

Each row is a run of the suite of that instrumentation on the real package, against a local server that speaks the provider's wire format: what the caller gets with Flow and without,
refusals, rewrites, replacements, retries, wrapped streams, spans and trajectories; as ES module and as CommonJS where the package is both. Of each package these are the oldest
version supported, the newest at the time, and a version of each major between. Newer majors are patched, too; a line on standard error tells where a patch point is missing.

| package | version | passed | failed |
| --- | --- | --- | --- |
${rows.join('\n')}
`,
);
spawnSync(join(root, 'node_modules/.bin/oxfmt'), [PAGE], { cwd: root });
console.log(`${PAGE}: ${rows.length} rows, ${tests.filter(({ status }) => status === 'failed').length} tests failed`);
