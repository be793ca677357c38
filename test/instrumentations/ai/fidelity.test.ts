// SPDX-License-Identifier: Apache-2.0
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { VERSIONS } from '../../support/application-versions.ts';
import type { OpenAiServer } from '../../support/openai-server/server.ts';
import { ROOT, runApp } from '../../support/run.ts';
import { MAJORS, makeApp, startServer } from './installed.ts';
import { script } from './script.ts';

const FLOW = ['--import', join(ROOT, 'dist/esm/register.js')];
const trees = new Map(MAJORS.map((major) => [major, makeApp(major)]));
let server: OpenAiServer;
beforeAll(async () => {
  server = await startServer(script);
});
afterAll(async () => {
  await server.close();
  trees.forEach((tree) => rmSync(tree, { recursive: true }));
});

/** Earlier versions put what tools that run meanwhile have made between the parts of a stream when it is there: a matter of time. */
function inOrder(line: string): string {
  if (VERSIONS === undefined || !/^\["(?:full stream with tools|for a page)"/.test(line)) return line;
  const [name, { value }] = JSON.parse(line) as [string, { value: unknown }];
  return JSON.stringify([name, sorted(value)]);
}

function sorted(value: unknown): unknown {
  if (!Array.isArray(value)) return value;
  const inside = value.map(sorted);
  return inside.every(Array.isArray) ? inside.map((each) => JSON.stringify(each)).toSorted() : inside;
}

describe.each([
  ['5', ['cjs+allow']],
  ['6', ['esm+allow']],
  ['7', ['esm', 'cjs+allow']],
] as const)('an application on ai %s', (major, formats) => {
  const tree = trees.get(major) as string;
  /** What the application prints, a line for each operation. */
  const run = async (name: string, formats: readonly string[], args: readonly string[]): Promise<readonly string[]> => {
    const base = `${server.origin}/${major}-${name}`;
    const { code, stdout, stderr } = await runApp({
      args,
      file: join(tree, 'app.mjs'),
      programArgs: [major, base, ...formats],
      env: { OTEL_TRACES_EXPORTER: 'none', OTEL_METRICS_EXPORTER: 'none', OTEL_LOGS_EXPORTER: 'none' },
    });
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    return stdout.replaceAll(`/${major}-${name}`, '').trimEnd().split('\n');
  };

  it('sees the same results, streams, errors and callbacks with Flow, and with a policy that changes nothing', async () => {
    const plain = await run('plain', ['esm'], []);
    expect(plain).toHaveLength(39);
    expect(plain.join('\n')).not.toContain('unhandled');
    const flow = await run('flow', formats, FLOW);
    for (const [index] of formats.entries())
      expect(flow.slice(index * plain.length, (index + 1) * plain.length).map(inOrder)).toEqual(plain.map(inOrder));
    expect(flow).toHaveLength(formats.length * plain.length);
  });
});
