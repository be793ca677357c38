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

beforeAll(async () => {
  server = await startServer();
  await bundleProvider();
});
afterAll(async () => {
  await server.close();
  rmSync(tree, { recursive: true });
});

const REFUSED = 'FLOW_GUARDRAIL_REJECTED';
/** Ways to such a model, and what becomes of its first call and its second where nothing must be unseen. */
const WAYS = [
  'the model itself',
  'wrapped',
  'wrapped twice',
  'by a provider of the application',
  'by a registry',
  'by a registry with middleware',
  'by name',
  'by name for a step',
  'as a stream',
  'embeddings',
  'embeddings by name',
  'wrapped embeddings',
  'a class that uses fetch',
  'objects that use fetch',
] as const;
/** What the SDK has made itself, and that has no requests: it is managed as a model at once. */
const AT_ONCE = ['by a registry with middleware'];

describe('a provider that brings the utilities of the AI SDK along, or uses none', () => {
  const run = async (env: Readonly<Record<string, string>>) => {
    const before = server.requests.length;
    const { code, stdout, stderr } = await runApp({
      args: ['--import', join(ROOT, 'dist/esm/register.js')],
      file: join(tree, 'ways-app.mjs'),
      programArgs: ['7', server.origin],
      env: { OTEL_TRACES_EXPORTER: 'none', OTEL_METRICS_EXPORTER: 'none', OTEL_LOGS_EXPORTER: 'none', ...env },
    });
    const told = stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as unknown[]);
    return { code, stderr, told, requests: server.requests.length - before };
  };

  it('is told of at its first call, which policy does not see, and managed from then on, whichever way the call takes', async () => {
    const { code, stderr, told, requests } = await run({});
    expect({ code, told }).toEqual({
      code: 0,
      told: WAYS.map((way) => [way, AT_ONCE.includes(way) ? REFUSED : 'asked', REFUSED]),
    });
    const unseen = WAYS.length - AT_ONCE.length;
    expect(requests).toBe(unseen);
    const warned = stderr.match(/^flow: ai: a model of '[a-z.]+' sends past the provider utilities/gm) ?? [];
    expect(warned).toHaveLength(unseen);
    const names = ['openai.chat', 'openai.responses', 'openai.embedding', 'community.chat', 'homemade.chat'];
    for (const name of names) expect(warned.join()).toContain(`'${name}'`);
  });

  it('is managed from its first call on where nothing may go unseen', async () => {
    const { told, requests } = await run({ FLOW_UNPATCHED: 'refuse' });
    expect({ told, requests }).toEqual({ told: WAYS.map((way) => [way, REFUSED, REFUSED]), requests: 0 });
  });
});
