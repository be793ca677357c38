// SPDX-License-Identifier: Apache-2.0
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { type Packages, addDependant } from '../../support/application-tree.ts';
import { ROOT, runApp } from '../../support/run.ts';
import { MAJORS, type Major, besidesOf, copyPackage, makeTree, packageOf, versionOf } from './installed.ts';

const none = { OTEL_TRACES_EXPORTER: 'none', OTEL_METRICS_EXPORTER: 'none', OTEL_LOGS_EXPORTER: 'none' };
const args: readonly string[] = ['--import', join(ROOT, 'dist/esm/register.js')];
const trees: string[] = [];
afterAll(() => trees.forEach((tree) => rmSync(tree, { recursive: true })));

function treeOf(packages: Packages): string {
  const tree = makeTree(packages);
  trees.push(tree);
  return tree;
}

const CALL = `chat.completions.create({ model: 'm', messages: [{ role: 'user', content: 'hi' }] })`;

describe('every major in one tree', () => {
  it('is patched, each copy in both formats, and a guardrail holds for all', async () => {
    const inner = MAJORS.filter((major) => major !== 7);
    const tree = treeOf({ openai: packageOf(7) });
    for (const major of inner)
      addDependant(
        tree,
        `needs-${major}`,
        { openai: packageOf(major) },
        `export { OpenAI } from 'openai';`,
        `exports.OpenAI = require('openai').OpenAI;`,
      );
    writeFileSync(
      join(tree, 'app.mjs'),
      `import { createRequire } from 'node:module';
      import { flow } from '@flow/register/api';
      import { coverage } from '@flow/register/sdk';
      import { OpenAI } from 'openai';
      const require = createRequire(import.meta.url);
      const clients = [OpenAI, require('openai').OpenAI];
      for (const name of ${JSON.stringify(inner.map((major) => `needs-${major}`))})
        clients.push((await import(name + '/index.mjs')).OpenAI, require(name + '/index.cjs').OpenAI);
      flow.llm.addConditionalExecution('none', () => 'no');
      const fetch = () => { throw new Error('it was asked') };
      for (const Client of clients) console.log(await new Client({ apiKey: 'k', fetch, maxRetries: 0 }).${CALL}.catch((error) => error.code));
      console.log(JSON.stringify(coverage().map(({ version, format, missing, calls }) => [version, format, missing.length, calls])));`,
    );
    const { stdout, stderr } = await runApp({ args, file: join(tree, 'app.mjs'), env: none });
    const lines = stdout.trimEnd().split('\n');
    const rows = [7, ...inner].flatMap((major) =>
      ['esm', 'cjs'].map((format) => [versionOf(major as Major), format, 0, 1]),
    );
    expect(stderr).toBe('');
    expect(JSON.parse(lines.pop() ?? '')).toEqual(rows);
    expect(lines).toEqual(rows.map(() => 'FLOW_GUARDRAIL_REJECTED'));
  });
});

/** A major whose seam has another name, as a later version of it may have. */
function installDoctored(major: Exclude<Major, 7>, version: string = versionOf(major)): string {
  const tree = treeOf(besidesOf(major));
  copyPackage(major, join(tree, 'node_modules/openai'), {
    renamed: { makeRequest: 'sendRequest', [`"version": "${versionOf(major)}"`]: `"version": "${version}"` },
    within: /^(?:client|core)\.m?js$|^package\.json$/,
  });
  return tree;
}

describe.each(MAJORS.filter((major) => major !== 7))('openai %i without its seam', (major) => {
  it('is warned about once for each copy, and runs on', async () => {
    const tree = installDoctored(major);
    const fetch = `async () => new Response('{"choices":[]}', { headers: { 'content-type': 'application/json' } })`;
    writeFileSync(
      join(tree, 'app.mjs'),
      `import { createRequire } from 'node:module';
      import { OpenAI } from 'openai';
      const fetch = ${fetch};
      for (const Client of [OpenAI, createRequire(import.meta.url)('openai').OpenAI])
        console.log((await new Client({ apiKey: 'k', fetch }).${CALL}).choices.length);`,
    );
    const { stdout, stderr } = await runApp({ args, file: join(tree, 'app.mjs'), env: none });
    const warning = (format: string): string =>
      `flow: openai@${versionOf(major)} (${format}) has no OpenAI.makeRequest: calls that go there are neither observed nor controlled; use a version of the majors 4 to 7, or report this version`;
    expect(stderr.trimEnd().split('\n')).toEqual(['esm', 'cjs'].map(warning));
    expect(stdout).toBe('0\n0\n');
  });
});

describe('an openai from before it had all patch points', () => {
  it('is warned about with the version to use', async () => {
    const tree = installDoctored(4, '4.2.0');
    writeFileSync(join(tree, 'app.mjs'), `import 'openai';`);
    const { code, stderr } = await runApp({ args, file: join(tree, 'app.mjs'), env: none });
    expect(code).toBe(0);
    expect(stderr).toMatch(
      /^flow: openai@4\.2\.0 \(esm\) has no OpenAI\.makeRequest: .*; use 4\.16\.0 or later, or report/,
    );
  });
});

describe('a copy under another name beside a patched one', () => {
  it('is warned about when it sends a request, also by its version alone', async () => {
    const tree = treeOf({ openai: packageOf(7) });
    // A link would be known by its real path.
    copyPackage(6, join(tree, 'node_modules/renamed'));
    writeFileSync(
      join(tree, 'app.mjs'),
      `import { createServer } from 'node:http';
      import { OpenAI } from 'openai';
      import { OpenAI as Renamed } from 'renamed';
      const server = createServer((_, response) => response.end('{"choices":[]}')).listen(0, async () => {
        const baseURL = 'http://127.0.0.1:' + server.address().port + '/v1';
        for (const Client of [OpenAI, Renamed]) await new Client({ apiKey: 'k', baseURL }).${CALL};
        server.close();
        server.closeAllConnections();
      });`,
    );
    const env = { ...none, FLOW_REQUIRE_COVERAGE: '1' };
    const { code, stderr } = await runApp({ args, file: join(tree, 'app.mjs'), env });
    expect(stderr.match(/openai@\S+ sends requests that Flow neither observes/g)).toEqual([
      `openai@${versionOf(6)} sends requests that Flow neither observes`,
    ]);
    expect(code).toBe(1);
  });
});

describe('two copies of one version, of which one was loaded before Flow', () => {
  it('the one that is not patched is told when it makes a model call; what the patched one sends never is', async () => {
    const tree = treeOf({ openai: packageOf(7) });
    writeFileSync(join(tree, 'before.mjs'), `export { OpenAI } from 'openai';`);
    writeFileSync(
      join(tree, 'app.mjs'),
      `import { createServer } from 'node:http';
      import { createRequire } from 'node:module';
      import { OpenAI as Before } from './before.mjs';
      import { coverage } from '@flow/register/sdk';
      const { OpenAI } = createRequire(import.meta.url)('openai');
      const answers = [500];
      const server = createServer((request, response) => {
        request.resume().on('end', () => response.writeHead(answers.pop() ?? 200, { 'content-type': 'application/json' }).end('{"choices":[],"data":[]}'));
      }).listen(0, run);
      // Requests go out of a loop that nobody's context reaches.
      const queue = [];
      const loop = setInterval(() => queue.splice(0).forEach((send) => send()), 5);
      const queued = (...args) => new Promise((done, fail) => queue.push(() => fetch(...args).then(done, fail)));
      async function run() {
        const options = { apiKey: 'k', baseURL: 'http://127.0.0.1:' + server.address().port + '/v1' };
        const client = new OpenAI(options);
        await client.${CALL};
        await new OpenAI({ ...options, fetch: queued }).${CALL};
        await client.models.list();
        await client.post('/chat/completions', { body: new TextEncoder().encode('{"model":"m"}') });
        const before = new Before(options);
        await before.models.list();
        console.log(coverage().length);
        for (let i = 0; i < 2; i++) await before.${CALL};
        console.log(JSON.stringify(coverage().map(({ format, missing, calls }) => [format, missing.length, calls])));
        clearInterval(loop);
        server.close();
        server.closeAllConnections();
      }`,
    );
    const preload = ['--import', join(tree, 'before.mjs')];
    const { code, stdout, stderr } = await runApp({
      args: [...preload, ...args],
      file: join(tree, 'app.mjs'),
      env: none,
    });
    expect({ code, stdout }).toEqual({ code: 0, stdout: '1\n[["cjs",0,2],["bundled",1,0]]\n' });
    expect(stderr).toMatch(
      new RegExp(
        `^flow: openai@${versionOf(7)} sends requests that Flow neither observes.* was loaded before Flow.*\n$`,
      ),
    );
  });
});

describe('a request of an SDK whose name a minifier has taken', () => {
  it('is one of openai only if it is a model call, by a version that openai has', async () => {
    const code = `import { createServer } from 'node:http';
      const server = createServer((_, response) => response.end()).listen(0, async () => {
        const send = (agent, path) =>
          fetch('http://127.0.0.1:' + server.address().port + path, { method: 'POST', headers: { 'user-agent': agent } });
        await send('a/JS 1.2.3', '/openai/v1/chat/completions');
        await send('a/JS 7.0.1', '/v1/rerank');
        await send('Other/JS 7.0.2', '/v1/chat/completions');
        await send('a$/JS 7.0.3', '/v1/chat/completions?v=1');
        server.close();
        server.closeAllConnections();
      });`;
    const { stderr } = await runApp({ args, code, env: none });
    expect(stderr.match(/^flow: \S+ sends requests/gm)).toEqual(['flow: openai@7.0.3 sends requests']);
  });
});
