// SPDX-License-Identifier: Apache-2.0
// Runs the suites of the instrumentations on every version that the test applications have installed, and writes docs/compatibility.md from what passed: once on
// the newest version of each major, and once for each folder of older ones (`test/apps/oldest`, `test/apps/between`), which this installs. `npm run compatibility`;
// `-- newest oldest` runs only what it names (`newest`, `oldest`, `between`), and leaves the other rows of the page as they are.
import { spawnSync } from 'node:child_process';
import { existsSync, globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { instrumentations } from '../instrumentations/index.ts';

const root = join(import.meta.dirname, '..');
const PAGE = 'docs/compatibility.md';

/** Folders of older versions, which `TEST_VERSIONS` names; the first pass is on the newest. */
const PASSES = [undefined, 'between', 'oldest'];

/**
 * Which tests are about which packages. The title of a test, with those around it, says a version where there are several; without, it ran on the newest.
 * A suite of a framework is about all packages of its application. `apps` are the applications on older versions that it has.
 */
const SUITES = [
  {
    of: ['openai'],
    files: /fidelity\/(?:fidelity|control|majors)|instrumentations\/openai\//,
    version: /openai (\d+)/,
    older: /fidelity\/majors|instrumentations\/openai\//,
    apps: ['openai-4', 'openai-5', 'openai-6'],
  },
  {
    of: ['@anthropic-ai/sdk'],
    files: /fidelity\/anthropic|instrumentations\/anthropic\//,
    version: /sdk (\d[\d.]*)/,
    apps: [],
  },
  {
    of: ['@google/genai'],
    files: /instrumentations\/google-genai\//,
    version: /genai (\d[\d.]*)/,
    apps: ['genai-1', 'genai-2'],
  },
  {
    of: ['ai'],
    with: ['@ai-sdk/provider-utils'],
    files: /instrumentations\/ai\//,
    version: /\bai (\d[\d.]*)/,
    apps: ['ai-5', 'ai-6', 'ai-7'],
  },
  {
    of: ['@langchain/core', '@langchain/langgraph', 'langchain', 'deepagents'],
    files: /instrumentations\/lang(?:chain|graph)\//,
    apps: ['langchain'],
  },
  { of: ['@openai/agents'], files: /instrumentations\/openai-agents\//, apps: ['agents'] },
  { of: ['@modelcontextprotocol/sdk'], files: /instrumentations\/mcp\//, version: /MCP (\d)/, apps: ['mcp-1'] },
  {
    of: ['@modelcontextprotocol/client', '@modelcontextprotocol/server'],
    files: /instrumentations\/mcp\//,
    version: /MCP (\d)/,
    apps: ['mcp-2'],
  },
];

const only = process.argv.slice(2);

const compare = (a, b) => a.localeCompare(b, 'en', { numeric: true });
const manifestOf = (path) => JSON.parse(readFileSync(join(root, path), 'utf8'));

/** Versions of a package on which a suite runs in that pass, oldest first. */
function versionsOf(name, { apps }, pass) {
  if (pass !== undefined) {
    const manifests = apps
      .map((app) => `test/apps/${pass}/${app}/package.json`)
      .filter((path) => existsSync(join(root, path)));
    return manifests.flatMap((path) => manifestOf(path).dependencies[name] ?? []).toSorted(compare);
  }
  const older = PASSES.map((each) => `test/apps/${each}/`);
  const folders = ['node_modules', 'test/apps/*/node_modules', 'test/apps/*/*/node_modules'];
  const manifests = folders.flatMap((folder) => globSync(`${folder}/${name}/package.json`, { cwd: root }));
  const versions = manifests
    .filter((path) => !older.some((folder) => path.startsWith(folder)))
    .map((path) => manifestOf(path).version);
  return [...new Set(versions)].toSorted(compare);
}

/** The test files that have something to show in a pass. */
function filesOf(pass) {
  if (pass === undefined) return ['test/instrumentations', 'test/fidelity'];
  const suites = SUITES.filter((suite) => suite.of.some((name) => versionsOf(name, suite, pass).length > 0));
  return globSync('test/{instrumentations,fidelity}/**/*.test.ts', { cwd: root }).filter((path) =>
    suites.some(({ files, older = files }) => older.test(path)),
  );
}

function runTests(pass) {
  const folder = mkdtempSync(join(tmpdir(), 'flow-compatibility-'));
  const report = join(folder, 'report.json');
  try {
    const args = ['run', '--reporter=json', `--outputFile=${report}`, ...filesOf(pass)];
    spawnSync(join(root, 'node_modules/.bin/vitest'), args, {
      cwd: root,
      stdio: ['ignore', 'inherit', 'inherit'],
      env: { ...process.env, TEST_VERSIONS: pass ?? '' },
    });
    return JSON.parse(readFileSync(report, 'utf8')).testResults.flatMap(
      ({ name, status, message, assertionResults }) => {
        const file = name.replaceAll('\\', '/');
        // A file that could not be run at all has no test that failed.
        if (status === 'failed' && assertionResults.every((each) => each.status !== 'failed'))
          assertionResults.push({ fullName: '', status, failureMessages: [message] });
        for (const each of assertionResults.filter((one) => one.status === 'failed'))
          console.error(
            `${pass ?? 'newest'}: ${file}: ${each.fullName}\n  ${each.failureMessages?.[0]?.split('\n', 1)[0]}`,
          );
        return assertionResults.map(({ fullName, status: result }) => ({ file, title: fullName, status: result }));
      },
    );
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** How often a suite passed and failed on each version of one of its packages in that pass. */
function countsOf(name, suite, { pass, tests }) {
  const versions = versionsOf(name, suite, pass);
  const counts = new Map(versions.map((each) => [each, { passed: 0, failed: 0 }]));
  for (const { file, title, status } of tests) {
    if (!suite.files.test(file) || status === 'pending' || status === 'skipped') continue;
    const said = suite.version?.exec(title)?.[1];
    // Where a suite has several versions, those tests that say none ran on the newest in any pass.
    const other = pass === undefined || suite.version === undefined ? versions.at(-1) : undefined;
    const on = said === undefined ? other : versions.findLast((each) => `${each}.`.startsWith(`${said}.`));
    const count = counts.get(on);
    if (count !== undefined) count[status === 'passed' ? 'passed' : 'failed']++;
  }
  return [...counts].filter(([, { passed, failed }]) => passed + failed > 0);
}

/** What the page says now of versions of a package: the rows that a run of some passes leaves as they are. */
function countsNow(name) {
  const rows = readFileSync(join(root, PAGE), 'utf8').matchAll(/^\| `(.+?)` +\| (\S+) +\| (\d+) +\| (\d+) +\|$/gm);
  return [...rows]
    .filter(([, of]) => of === name)
    .map(([, , version, passed, failed]) => [version, { passed, failed }]);
}

/** A row for each version: where a version was there in several passes, that of the first. */
function rowsOf(suite, passes) {
  return suite.of.flatMap((name) => {
    const run = passes.toReversed().flatMap((pass) => countsOf(name, suite, pass));
    const counts = new Map([...(only.length > 0 ? countsNow(name) : []), ...run]);
    return [...counts]
      .toSorted(([a], [b]) => compare(a, b))
      .map(([version, { passed, failed }]) => `| \`${name}\` | ${version} | ${passed} | ${failed} |`);
  });
}

const setup = spawnSync(process.execPath, [join(root, 'scripts/setup.mjs'), '--test-apps', '--older-apps'], {
  stdio: 'inherit',
});
if (setup.status !== 0) process.exit(setup.status ?? 1);
const passes = PASSES.filter((pass) => only.length === 0 || only.includes(pass ?? 'newest')).map((pass) => ({
  pass,
  tests: runTests(pass),
}));
const rows = SUITES.flatMap((suite) => rowsOf(suite, passes));
const since = instrumentations
  .filter((each) => each.since !== undefined)
  .map((each) => `\`${each.module}\`, before ${each.since}`);
const known = SUITES.flatMap((suite) => [...suite.of, ...(suite.with ?? [])]);
for (const { module } of instrumentations)
  if (!known.some((name) => module.startsWith(name))) console.warn(`${module} has no suite in this script`);
writeFileSync(
  join(root, PAGE),
  `# Versions that Flow was tried with

<!-- Written by scripts/compatibility.mjs. Do not edit: run \`npm run compatibility\`. -->

Each row is a run of the suite of that instrumentation on the real package, against a local server that speaks the provider's wire format: what the caller gets with Flow and without,
refusals, rewrites, replacements, retries, wrapped streams, spans and trajectories; as ES module and as CommonJS where the package is both. There is a row for the oldest version that was
tried of each major, for the newest at the time, and for some between. On the older ones tests are left out that are about what the package itself did not have yet.

Versions of the same majors that are older than those here are patched as well, and so are newer majors: a line on standard error tells where a patch point is missing. That is so in
${since.join(', and in ')}.

| package | version | passed | failed |
| --- | --- | --- | --- |
${rows.join('\n')}
`,
);
spawnSync(join(root, 'node_modules/.bin/oxfmt'), [PAGE], { cwd: root });
console.log(
  `${PAGE}: ${rows.length} rows, ${passes.flatMap(({ tests }) => tests).filter(({ status }) => status === 'failed').length} tests failed`,
);
