// SPDX-License-Identifier: Apache-2.0
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type OpenAiServer, startOpenAiServer } from '../support/openai-server/server.ts';
import { type AppResult, ROOT, runApp } from '../support/run.ts';

const register = join(ROOT, 'dist/esm/register.js');
const folder = mkdtempSync(join(tmpdir(), 'flow-coverage-'));
const policy = join(folder, 'policy.mjs');
let server: OpenAiServer;

/** The real package with its seam under another name, as a later version may have it. */
function installDoctored(): void {
  const target = join(folder, 'node_modules/openai');
  const filter = (path: string): boolean => !/\.map$|\.d\.m?ts$|\/openai\/src(?:\/|$)/.test(path);
  cpSync(join(ROOT, 'node_modules/openai'), target, { recursive: true, dereference: true, filter });
  for (const file of ['client.js', 'client.mjs']) {
    const path = join(target, file);
    writeFileSync(path, readFileSync(path, 'utf8').replaceAll('makeRequest', 'sendRequest'));
  }
  const manifest = JSON.parse(readFileSync(join(target, 'package.json'), 'utf8')) as object;
  writeFileSync(join(target, 'package.json'), JSON.stringify({ ...manifest, version: '8.0.0' }));
}

beforeAll(async () => {
  installDoctored();
  mkdirSync(join(folder, 'node_modules/@flow'));
  symlinkSync(ROOT, join(folder, 'node_modules/@flow/register'));
  writeFileSync(
    policy,
    `import { flow } from '@flow/register/api';\nflow.llm.addRequestIntercept('seen', () => undefined);`,
  );
  server = await startOpenAiServer();
});
afterAll(async () => {
  await server.close();
  rmSync(folder, { recursive: true });
});

async function run(
  app: string,
  options: { doctored?: boolean; policy?: boolean; env?: Readonly<Record<string, string>> } = {},
): Promise<AppResult & { readonly requests: number }> {
  const before = server.requests.length;
  const result = await runApp({
    args: ['--import', register, ...(options.policy === true ? ['--import', policy] : [])],
    code: app,
    cwd: options.doctored === true ? folder : ROOT,
    env: {
      OPENAI_BASE_URL: server.url,
      OPENAI_API_KEY: 'sk',
      OTEL_TRACES_EXPORTER: 'none',
      OTEL_METRICS_EXPORTER: 'none',
      OTEL_LOGS_EXPORTER: 'none',
      ...options.env,
    },
  });
  return { ...result, requests: server.requests.length - before };
}

const refuse = { FLOW_UNPATCHED: 'refuse' };
const CHAT = `chat.completions.create({ model: 'm', messages: [{ role: 'user', content: 'hi' }] })`;
const CALL = `import OpenAI from 'openai';
await new OpenAI({ maxRetries: 0 }).${CHAT};
console.log('called');`;
const told = `(error) => console.log(error.code, error.status)`;

describe('the ledger', () => {
  it('has a row for each loaded copy, with its calls, for whichever copy of Flow asks', async () => {
    const { stdout } = await run(`import { createRequire } from 'node:module';
      import { coverage } from '@flow/register/sdk';
      import OpenAI from 'openai';
      const Other = createRequire(process.cwd() + '/')('openai');
      const client = new OpenAI();
      await client.${CHAT};
      await client.withOptions({ timeout: 9999 }).embeddings.create({ model: 'm', input: 'a' });
      await new Other().${CHAT};
      await client.models.list().catch(() => undefined);
      const ask = createRequire(process.cwd() + '/')('@flow/register/sdk').coverage;
      console.log(JSON.stringify([coverage(), ask()]));`);
    const [rows, others] = JSON.parse(stdout) as object[][];
    const { version } = JSON.parse(readFileSync(join(ROOT, 'node_modules/openai/package.json'), 'utf8')) as {
      version: string;
    };
    const patched = ['OpenAI.makeRequest', 'Chat.Completions.runTools'];
    const row = { name: 'openai', version, path: join(ROOT, 'node_modules/openai'), patched, missing: [] };
    expect(rows).toEqual([
      { ...row, format: 'esm', calls: 2 },
      { ...row, format: 'cjs', calls: 1 },
    ]);
    expect(others).toEqual(rows);
  });

  it('is printed at the end with FLOW_LOG=info, a line for each copy', async () => {
    const { stderr } = await run(CALL, { env: { FLOW_LOG: 'info' } });
    const lines = stderr.split('\n').filter((line) => line.startsWith('flow: coverage: '));
    expect(lines).toEqual([
      expect.stringMatching(
        /openai@7\.\S+ \(esm\) in \S+openai: patched OpenAI\.makeRequest.*missing nothing; calls 1$/,
      ),
    ]);
  });

  it('says what policy does not see of a package that is loaded while policy is in force, once, and only then', async () => {
    const lines = ({ stderr }: AppResult): string[] =>
      stderr.split('\n').filter((line) => line.startsWith('flow: policy does not see'));
    const both = `import { createRequire } from 'node:module';
      createRequire(process.cwd() + '/')('openai');
      ${CALL}`;
    expect(lines(await run(both, { policy: true, env: { FLOW_LOG: 'info' } }))).toEqual([
      expect.stringMatching(
        /^flow: policy does not see of openai: all but chat completions.*realtime sessions.*tools that the provider runs itself/,
      ),
    ]);
    expect(lines(await run(both, { env: { FLOW_LOG: 'info' } }))).toEqual([]);
  });

  it('says it too where policy comes later, of the process or of a scope', async () => {
    for (const owner of [`flow`, `scope`]) {
      const late = `import { flow } from '@flow/register/api';
        import 'openai';
        console.error('before');
        await flow.scope.run('agent', (scope) => {
          ${owner}.llm.addRequestIntercept('late', () => undefined);
          console.error('after');
        });`;
      const { stderr } = await run(late, { env: { FLOW_LOG: 'info' } });
      const lines = stderr.split('\n').map((line) => line.split(':').slice(0, 2).join(':'));
      expect(lines.slice(1, 4)).toEqual(['before', 'flow: policy does not see of openai', 'after']);
    }
  });

  it('says nothing while a gate keeps the policy out, and says it when the gate is gone', async () => {
    const app = `import { flow } from '@flow/register/api';
      import 'openai';
      const gate = flow.addGate('closed', () => 'not now');
      flow.llm.addRequestIntercept('late', () => undefined);
      console.error('gated');
      gate.remove();
      console.error('open');`;
    const { stderr } = await run(app, { env: { FLOW_LOG: 'info' } });
    const lines = stderr.split('\n').map((line) => line.split(':').slice(0, 2).join(':'));
    expect(lines.slice(1, 4)).toEqual(['gated', 'flow: policy does not see of openai', 'open']);
  });

  it('knows a copy of which only an entry was loaded', async () => {
    const { stdout } = await run(`import { coverage } from '@flow/register/sdk';
      import { OpenAI } from 'openai/client';
      await new OpenAI().${CHAT};
      console.log(coverage().map(({ name, calls }) => name + ' ' + calls).join());`);
    expect(stdout).toBe('openai 1\n');
  });
});

describe('an SDK without its seam', () => {
  it('is warned about once, with its version, the missing point and the fix, and runs on', async () => {
    const { stdout, stderr, requests } = await run(CALL, { doctored: true, policy: true });
    expect({ stdout, requests }).toEqual({ stdout: 'called\n', requests: 1 });
    expect(stderr.trim().split('\n')).toEqual([
      'flow: openai@8.0.0 (esm) has no OpenAI.makeRequest: calls that go there are neither observed nor controlled; use a version of the majors 4 to 7, or report this version',
    ]);
  });

  it.each([
    ['imported', `await import('openai').catch(${told});`],
    [
      'required',
      `try { process.getBuiltinModule('module').createRequire(process.cwd() + '/')('openai') } catch (e) { (${told})(e) }`,
    ],
    ['imported by an entry', `await import('openai/client').catch(${told});`],
  ])('is refused with policy in force and FLOW_UNPATCHED=refuse, when it is %s', async (_, code) => {
    const { stdout } = await run(code, { doctored: true, policy: true, env: refuse });
    expect(stdout).toBe('FLOW_UNPATCHED 403\n');
  });

  it('stays refused for an application that goes on and loads it again', async () => {
    const code = `import { createRequire } from 'node:module';
      const require = createRequire(process.cwd() + '/');
      for (let attempt = 0; attempt < 5; attempt++) {
        try {
          const OpenAI = require('openai');
          await new OpenAI().${CHAT};
          console.log('called');
        } catch (error) { (${told})(error); }
      }`;
    const { stdout, requests } = await run(code, { doctored: true, policy: true, env: refuse });
    expect({ stdout, requests }).toEqual({ stdout: 'FLOW_UNPATCHED 403\n'.repeat(5), requests: 0 });
  });

  it.each(['esm', 'cjs'])('is refused at its first call where policy came after the loading (%s)', async (format) => {
    const load = `createRequire(process.cwd() + '/')('openai')`;
    const code = `import { createRequire } from 'node:module';
      import { flow } from '@flow/register/api';
      const { default: OpenAI } = ${format === 'esm' ? `await import('openai')` : load};
      const client = new OpenAI({ maxRetries: 0 });
      const call = async () => client.${CHAT}.then(() => console.log('called'));
      await call();
      const added = flow.llm.addConditionalExecution('allow', () => undefined);
      await call().catch(${told});
      added.remove();
      await call();
      await flow.scope.run('job', async (scope) => {
        scope.llm.addRequestIntercept('scoped', () => undefined);
        await call().catch(${told});
      });`;
    const { stdout, requests } = await run(code, { doctored: true, env: refuse });
    expect(stdout.split('\n')).toEqual(['called', 'FLOW_UNPATCHED 403', 'called', 'FLOW_UNPATCHED 403', '']);
    expect(requests).toBe(2);
  });

  it('is let through where nothing but observation is registered', async () => {
    const code = `import { flow } from '@flow/register/api';\nflow.addSubscriber('s', () => {});\n${CALL}`;
    const { stdout } = await run(code, { doctored: true, env: refuse });
    expect(stdout).toBe('called\n');
  });
});

describe('a request body that policy cannot read', () => {
  const BYTES = `import OpenAI from 'openai';
    const client = new OpenAI({ maxRetries: 0 });
    const text = JSON.stringify({ model: 'm', messages: [{ role: 'user', content: 'hi' }] });
    const headers = { 'content-type': 'application/json' };
    for (const body of [new TextEncoder().encode(text), new Blob([text]).stream()])
      await client.post('/chat/completions', { body, headers }).then(() => console.log('called'), ${told});`;

  it('goes out with one warning', async () => {
    const { stdout, stderr } = await run(BYTES, { policy: true });
    expect(stdout).toBe('called\ncalled\n');
    expect(stderr).toBe(
      'flow: openai: policy cannot read a request to /chat/completions with Uint8Array as body; send a plain object (it went out unseen; FLOW_UNPATCHED=refuse refuses such calls)\n',
    );
  });

  it('is refused with FLOW_UNPATCHED=refuse', async () => {
    const { stdout, requests } = await run(BYTES, { policy: true, env: refuse });
    expect({ stdout, requests }).toEqual({ stdout: 'FLOW_UNPATCHED 403\n'.repeat(2), requests: 0 });
  });

  it('is let through without policy', async () => {
    const { stdout, stderr } = await run(BYTES, { env: refuse });
    expect({ stdout, stderr }).toEqual({ stdout: 'called\ncalled\n', stderr: '' });
  });
});

describe('an inference of a shape that policy does not know', () => {
  const UNREAD = `import OpenAI from 'openai';
    const client = new OpenAI({ maxRetries: 0 });
    for (const prompt of ['a', 'b'])
      await client.post('/responses/compact', { body: { model: 'm', input: prompt } }).catch(${told});
    await client.${CHAT};`;

  it('goes out with one warning', async () => {
    const { stderr, requests } = await run(UNREAD, { policy: true });
    expect(requests).toBe(3);
    expect(stderr).toBe(
      'flow: openai: policy cannot read a request to /responses/compact; use chat completions or responses (it went out unseen; FLOW_UNPATCHED=refuse refuses such calls)\n',
    );
  });

  it('is refused with FLOW_UNPATCHED=refuse, whichever it is and whichever SDK sends it', async () => {
    const app = `import Anthropic from '@anthropic-ai/sdk';
      import OpenAI from 'openai';
      const openai = new OpenAI({ maxRetries: 0 });
      const anthropic = new Anthropic({ apiKey: 'k', baseURL: process.env.OPENAI_BASE_URL, maxRetries: 0 });
      for (const ask of [
        () => openai.responses.compact({ model: 'm', input: 'a' }),
        () => openai.decisions.create({ model: 'm', input: 'a' }),
        () => openai.fineTuning.alpha.graders.run({ grader: {}, model_sample: 'a' }),
        () => openai.beta.agents.sessions.create({ agent: 'a' }),
        () => anthropic.post('/v1/complete', { body: { model: 'm', prompt: 'a' } }),
      ])
        await ask().then(() => console.log('went out'), ${told});`;
    const { stdout, requests } = await run(app, { policy: true, env: refuse });
    expect({ stdout, requests }).toEqual({ stdout: 'FLOW_UNPATCHED 403\n'.repeat(5), requests: 0 });
  });

  it('is refused with FLOW_UNPATCHED=refuse, also where the application has handed its client to instrument()', async () => {
    const before = server.requests.length;
    const { stdout } = await runApp({
      code: `import OpenAI from 'openai';
        await import('@flow/register');
        const { instrument } = await import('@flow/register/sdk');
        const { flow } = await import('@flow/register/api');
        flow.llm.addRequestIntercept('seen', () => undefined);
        instrument(OpenAI);
        const client = new OpenAI({ maxRetries: 0 });
        await client.responses.compact({ model: 'm', input: 'a' }).catch(${told});
        await client.${CHAT};`,
      cwd: ROOT,
      env: { OPENAI_BASE_URL: server.url, OPENAI_API_KEY: 'sk', OTEL_SDK_DISABLED: 'true', ...refuse },
    });
    expect({ stdout, requests: server.requests.length - before }).toEqual({
      stdout: 'FLOW_UNPATCHED 403\n',
      requests: 1,
    });
  });

  it('is refused with FLOW_UNPATCHED=refuse, where there is policy', async () => {
    const { stdout, requests } = await run(UNREAD, { policy: true, env: refuse });
    expect({ stdout, requests }).toEqual({ stdout: 'FLOW_UNPATCHED 403\n'.repeat(2), requests: 1 });
    expect(await run(UNREAD, { env: refuse })).toMatchObject({ stderr: '', requests: 3 });
  });
});

describe('FLOW_REQUIRE_COVERAGE', () => {
  const env = { FLOW_REQUIRE_COVERAGE: '1', FLOW_LOG: 'none' };
  const line = 'flow: coverage required, but patch points are missing in openai@8.0.0 (esm)\n';

  it('makes a success with a missing patch point a failure, and says why', async () => {
    const { code, stdout, stderr } = await run(CALL, { doctored: true, env });
    expect({ code, stdout, stderr }).toEqual({ code: 1, stdout: 'called\n', stderr: line });
  });

  it('holds for process.exit, and keeps the exit code of a failure', async () => {
    const success = await run(`${CALL}\nprocess.exit(0);`, { doctored: true, env });
    const failure = await run(`${CALL}\nprocess.exit(3);`, { doctored: true, env });
    expect([success.code, failure.code]).toEqual([1, 3]);
  });

  it('leaves a process alone in which everything was patched, or nothing was loaded', async () => {
    const patched = await run(CALL, { env });
    const idle = await run(`console.log('idle')`, { env });
    expect([patched, idle].map(({ code, stderr }) => ({ code, stderr }))).toEqual([
      { code: 0, stderr: '' },
      { code: 0, stderr: '' },
    ]);
  });
});
