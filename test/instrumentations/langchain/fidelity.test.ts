// SPDX-License-Identifier: Apache-2.0
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { OpenAiServer } from '../../support/openai-server/server.ts';
import { ROOT, runApp } from '../../support/run.ts';
import { makeTree } from './installed.ts';
import { startModels } from './model-server.ts';

const tree = makeTree();
let server: OpenAiServer;
beforeAll(async () => {
  server = await startModels();
});
afterAll(async () => {
  await server.close();
  rmSync(tree, { recursive: true });
});

/** What the application prints, a line for each operation. */
async function run(formats: readonly string[], args: readonly string[]): Promise<readonly unknown[]> {
  const { code, stdout, stderr } = await runApp({
    args,
    file: join(tree, 'fidelity-app.mjs'),
    programArgs: [server.origin, ...formats],
    env: { OTEL_TRACES_EXPORTER: 'none', OTEL_METRICS_EXPORTER: 'none', OTEL_LOGS_EXPORTER: 'none' },
    timeout: 90_000,
  });
  expect({
    code,
    stderr: stderr.split('\n').filter((line) => line.includes('flow:') && !line.includes('policy does not see')),
  }).toEqual({
    code: 0,
    stderr: [],
  });
  return stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as unknown);
}

describe('an application on LangChain, LangGraph and deepagents', () => {
  it('sees the same results, streams, errors and callbacks with Flow, and with a policy that changes nothing', async () => {
    const flow = ['--import', join(ROOT, 'dist/esm/register.js')];
    // Each format once: what it does under a policy that acts is in control.test.ts, for both.
    const [plain, managed] = await Promise.all([run(['esm'], []), run(['esm', 'cjs+allow'], flow)]);
    expect(plain.length).toBeGreaterThan(120);
    expect(managed).toHaveLength(2 * plain.length);
    for (let start = 0; start < managed.length; start += plain.length)
      expect(managed.slice(start, start + plain.length)).toEqual(plain);
  }, 120_000);
});
