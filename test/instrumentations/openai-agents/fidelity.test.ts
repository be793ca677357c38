// SPDX-License-Identifier: Apache-2.0
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { VERSIONS } from '../../support/application-versions.ts';
import type { OpenAiServer } from '../../support/openai-server/server.ts';
import { ROOT, runApp } from '../../support/run.ts';
import { makeTree, startServer } from './installed.ts';

const FLOW = ['--import', join(ROOT, 'dist/esm/register.js')];
const tree = makeTree(['app.mjs', 'operations.mjs', 'settled.mjs', 'allow.mjs']);
let server: OpenAiServer;
beforeAll(async () => {
  server = await startServer();
});
afterAll(async () => {
  await server.close();
  rmSync(tree, { recursive: true });
});

/** What the application prints, a line for each operation. */
async function run(name: string, formats: readonly string[], args: readonly string[]): Promise<readonly unknown[]> {
  const { code, stdout, stderr } = await runApp({
    timeout: 80_000,
    args,
    file: join(tree, 'app.mjs'),
    programArgs: [`${server.origin}/${name}`, ...formats],
    env: { OTEL_TRACES_EXPORTER: 'none', OTEL_METRICS_EXPORTER: 'none', OTEL_LOGS_EXPORTER: 'none' },
  });
  expect(code).toBe(0);
  expect(stderr).not.toContain('flow:');
  return stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as unknown);
}

/** Earlier versions tell their traces of things that go on at once in an order that is a matter of time. */
function inOrder(lines: readonly unknown[]): readonly unknown[] {
  if (VERSIONS === undefined) return lines;
  return (lines as { operation: string; seen: unknown }[]).map(({ operation, seen }) =>
    Array.isArray(seen) && operation.endsWith('traces')
      ? { operation, seen: seen.map(String).toSorted() }
      : { operation, seen },
  );
}

// Three times twenty operations: on a busy machine that takes a while.
describe('an application on OpenAI Agents', { timeout: 90_000 }, () => {
  it('sees the same results, streams, errors, events and traces of its own with Flow, and with a policy that changes nothing', async () => {
    // Each format once: what it does under a policy that acts is in control.test.ts, for both.
    const [plain, flow] = await Promise.all([run('plain', ['esm'], []), run('flow', ['esm', 'cjs+allow'], FLOW)]);
    expect(plain).toHaveLength(22);
    expect(JSON.stringify(plain)).not.toContain('"failed"');
    expect(flow).toHaveLength(44);
    expect(inOrder(flow.slice(0, 22))).toEqual(inOrder(plain));
    expect(inOrder(flow.slice(22))).toEqual(inOrder(plain));
  });
});
