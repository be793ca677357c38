// SPDX-License-Identifier: Apache-2.0
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { ROOT, runApp } from '../../support/run.ts';
import { MAJORS, makeApp } from './installed.ts';

const trees = new Map(MAJORS.map((major) => [major, makeApp(major)]));
afterAll(() => trees.forEach((tree) => rmSync(tree, { recursive: true })));
const FLOW = ['--import', join(ROOT, 'dist/esm/register.js')];

describe.each(MAJORS)('an application on MCP %s', (major) => {
  const tree = trees.get(major) as string;
  const run = async (formats: readonly string[], ...args: readonly string[]): Promise<readonly string[]> => {
    const { code, stdout, stderr } = await runApp({
      args,
      file: join(tree, 'fidelity-app.mjs'),
      programArgs: [major, ...formats],
      env: { OTEL_TRACES_EXPORTER: 'none', OTEL_METRICS_EXPORTER: 'none', OTEL_LOGS_EXPORTER: 'none' },
    });
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    return stdout.trimEnd().split('\n');
  };

  it('gets the same results, errors, progress and cancellations with Flow, and with a policy that changes nothing', async () => {
    const [within, all] = ['memory,low', `memory,low,http,${major === '1' ? 'stdio' : 'modern'}`];
    const plain = await run(['esm', all]);
    expect(plain.length).toBeGreaterThan(60);
    // The policy comes with the second format: each line is the same either way.
    const flow = await run(['esm', within, 'cjs+allow', all], ...FLOW, '--import', join(tree, 'allow-servers.mjs'));
    const first = plain.filter((line) => within.includes(JSON.parse(line)[0]));
    expect(flow.slice(0, first.length)).toEqual(first);
    expect(flow.slice(first.length)).toEqual(plain);
  });
});
