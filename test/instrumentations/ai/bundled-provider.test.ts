// SPDX-License-Identifier: Apache-2.0
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { rolldown } from 'rolldown';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { OpenAiServer } from '../../support/openai-server/server.ts';
import { ROOT, runApp } from '../../support/run.ts';
import { makeApp, startServer } from './installed.ts';

const tree = makeApp('7');
let server: OpenAiServer;

/** The real provider, with a copy of its utilities inside, as some packages are published. */
async function bundleProvider(): Promise<void> {
  const input = join(ROOT, 'test/apps/frameworks/node_modules/@ai-sdk/openai');
  const bundle = await rolldown({ input, platform: 'node', logLevel: 'silent' });
  await bundle.write({ file: join(tree, 'provider.mjs'), format: 'esm', codeSplitting: false });
}

const CODE = `
  import { generateText } from 'ai';
  import { flow, isFlowError } from '@flow/register/api';
  import { createOpenAI } from './provider.mjs';
  flow.llm.addConditionalExecution('no', () => 'not today');
  const model = createOpenAI({ apiKey: 'k', baseURL: process.env.BASE }).chat('gpt-4o');
  for (let turn = 0; turn < 2; turn++)
    await generateText({ model, prompt: 'hello' }).then(
      ({ text }) => console.log(text),
      (error) => console.log(isFlowError(error)?.code),
    );
`;

beforeAll(async () => {
  server = await startServer();
  await bundleProvider();
});
afterAll(async () => {
  await server.close();
  rmSync(tree, { recursive: true });
});

describe('a provider that brings the utilities of the AI SDK along', () => {
  const run = async (env: Readonly<Record<string, string>>) => {
    const before = server.requests.length;
    const { code, stdout, stderr } = await runApp({
      args: ['--import', join(ROOT, 'dist/esm/register.js')],
      code: CODE,
      cwd: tree,
      env: {
        OTEL_TRACES_EXPORTER: 'none',
        OTEL_METRICS_EXPORTER: 'none',
        OTEL_LOGS_EXPORTER: 'none',
        BASE: server.url,
        ...env,
      },
    });
    return { code, stderr, told: stdout.trimEnd().split('\n'), requests: server.requests.length - before };
  };

  it('is told of at its first call, which policy does not see, and managed from then on', async () => {
    const { code, stderr, told, requests } = await run({});
    expect({ code, told, requests }).toEqual({
      code: 0,
      told: [expect.stringContaining('hello'), 'FLOW_GUARDRAIL_REJECTED'],
      requests: 1,
    });
    expect(stderr).toMatch(/^flow: ai: a model of 'openai\.chat' sends past the provider utilities/m);
  });

  it('is managed from its first call on where nothing may go unseen', async () => {
    const { told, requests } = await run({ FLOW_UNPATCHED: 'refuse' });
    expect({ told, requests }).toEqual({ told: ['FLOW_GUARDRAIL_REJECTED', 'FLOW_GUARDRAIL_REJECTED'], requests: 0 });
  });
});
