// SPDX-License-Identifier: Apache-2.0
import { cpSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ROOT, runApp } from '../../support/run.ts';
import { MAJORS, makeTree, packageOf, versionOf } from './installed.ts';

interface Asked {
  readonly copy: string;
  readonly name: string;
  readonly provider: string;
  readonly url: string;
  readonly key: string;
  readonly temperature: number;
}

const CHAT = 'chat/completions';
const DEPLOYMENT = `openai/deployments/dep/${CHAT}?api-version=1`;
const MODEL = `openai/deployments/m/${CHAT}?api-version=1`;
const BEARER = 'Bearer k';

/** Who is called by which client, at which address, and with which key. */
const CLIENTS: Readonly<Record<string, readonly [provider: string, url: string, key: string]>> = {
  'api.groq.com': ['groq', `https://api.groq.com/v1/${CHAT}`, BEARER],
  'my.openai.azure.com': ['azure.ai.openai', `https://my.openai.azure.com/v1/${CHAT}`, BEARER],
  'gateway.example': ['openai', `https://gateway.example/v1/${CHAT}`, BEARER],
  'default export': ['openai', `https://api.openai.com/v1/${CHAT}`, BEARER],
  'whole address as path': ['groq', `https://api.groq.com/v1/${CHAT}`, BEARER],
  deployment: ['azure.ai.openai', `https://my.openai.azure.com/${DEPLOYMENT}`, 'k'],
  'model as deployment, token': ['azure.ai.openai', `https://my.openai.azure.com/${MODEL}`, 'Bearer token'],
  'azure behind a gateway': ['azure.ai.openai', `https://gateway.example/${MODEL}`, 'k'],
  subclass: ['openai', `https://api.openai.com/v1/${CHAT}`, BEARER],
  'subclass of azure': ['azure.ai.openai', `https://gateway.example/${MODEL}`, 'k'],
};
const CLONES: typeof CLIENTS = {
  clone: ['openai', `https://api.openai.com/v1/${CHAT}`, BEARER],
  'clone with another address': ['x_ai', `https://api.x.ai/v1/${CHAT}`, BEARER],
  'clone of azure': ['azure.ai.openai', `https://gateway.example/${MODEL}`, 'k'],
};

describe.each(MAJORS)('with openai %i', (major) => {
  const clients = Object.entries(major === 4 ? CLIENTS : { ...CLIENTS, ...CLONES });
  let tree: string;
  let asked: readonly Asked[];
  let covered: unknown;
  let stderr: string;

  beforeAll(async () => {
    tree = makeTree({ openai: packageOf(major) });
    cpSync(join(import.meta.dirname, 'installed-app.mjs'), join(tree, 'app.mjs'));
    const none = { OTEL_TRACES_EXPORTER: 'none', OTEL_METRICS_EXPORTER: 'none', OTEL_LOGS_EXPORTER: 'none' };
    const result = await runApp({
      args: ['--import', join(ROOT, 'dist/esm/register.js')],
      file: join(tree, 'app.mjs'),
      // A clone of an Azure client asks for it once more, up to version 6.
      env: { ...none, OPENAI_API_VERSION: '1' },
    });
    stderr = result.stderr;
    const lines = result.stdout.trimEnd().split('\n');
    covered = JSON.parse(lines.pop() ?? '');
    asked = lines.map((line) => JSON.parse(line) as Asked);
  });
  afterAll(() => rmSync(tree, { recursive: true }));

  it.each(['esm', 'cjs'])('every client is managed and named after who answers (%s)', (copy) => {
    const wanted = clients.map(([name, [provider, url, key]]) => ({ copy, name, provider, url, key, temperature: 0 }));
    expect(stderr).toBe('');
    expect(asked.filter((each) => each.copy === copy)).toEqual(wanted);
  });

  it('the ledger has a row for each copy, with its version and nothing missing', () => {
    const path = packageOf(major);
    const patched = ['OpenAI.makeRequest', 'Chat.Completions.runTools'];
    const row = { name: 'openai', version: versionOf(major), path, patched, missing: [], calls: clients.length };
    expect(covered).toEqual([
      { ...row, format: 'esm' },
      { ...row, format: 'cjs' },
    ]);
  });
});

it('a client is managed of which only its own entry was loaded, in either format', async () => {
  const { stdout, stderr } = await runApp({
    args: ['--import', join(ROOT, 'dist/esm/register.js')],
    code: `import { createRequire } from 'node:module';
      import { flow } from '@flow/register/api';
      import { BedrockOpenAI } from 'openai/bedrock';
      const { AzureOpenAI } = createRequire(process.cwd() + '/')('openai/azure');
      flow.llm.addConditionalExecution('none', ({ provider }) => provider);
      const fetch = () => { throw new Error('it was asked'); };
      const options = { apiKey: 'k', fetch, maxRetries: 0 };
      const bedrock = new BedrockOpenAI({ ...options, awsRegion: 'eu-west-1' });
      const behind = new BedrockOpenAI({ ...options, baseURL: 'https://gateway.example/openai/v1' });
      const azure = new AzureOpenAI({ ...options, apiVersion: '1', baseURL: 'https://gateway.example/openai' });
      for (const client of [bedrock, behind, azure])
        await client.responses.create({ model: 'm', input: 'hi' }).catch((error) => console.log(error.reason));`,
    env: { OTEL_TRACES_EXPORTER: 'none', OTEL_METRICS_EXPORTER: 'none', OTEL_LOGS_EXPORTER: 'none' },
  });
  expect(stderr).toBe('');
  expect(stdout).toBe('aws.bedrock\naws.bedrock\nazure.ai.openai\n');
});
