// SPDX-License-Identifier: Apache-2.0
import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Collector, startCollector } from '../../support/collector/index.ts';
import { expectValidAtif, expectValidAtof } from '../../support/formats/index.ts';
import { spanTree } from '../../support/golden/span-tree.ts';
import { normalise } from '../../support/golden/normalise.ts';
import { ROOT, runApp } from '../../support/run.ts';
import { MAJORS, makeApp } from './installed.ts';

const trees = new Map(MAJORS.map((major) => [major, makeApp(major)]));
const folder = mkdtempSync(join(tmpdir(), 'flow-mcp-files-'));
let collector: Collector;
beforeAll(async () => {
  collector = await startCollector();
});
afterAll(async () => {
  await collector.close();
  for (const path of [...trees.values(), folder]) rmSync(path, { recursive: true });
});

describe.each([
  ['1', 'cjs', 'http'],
  ['2', 'esm', 'stdio'],
] as const)('an agent with the tools of an MCP %s server (%s, %s)', (major, format, transport) => {
  it('has one trace with it, a tool span on each side, and the attributes of the conventions', async () => {
    const files = join(folder, major);
    const before = collector.spans.length;
    const { code, stderr } = await runApp({
      args: ['--import', join(ROOT, 'dist/esm/register.js')],
      file: join(trees.get(major) as string, 'structure-app.mjs'),
      programArgs: [major, format, transport],
      env: {
        OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
        OTEL_METRICS_EXPORTER: 'none',
        OTEL_LOGS_EXPORTER: 'none',
        FLOW_ATOF_FILE: join(files, 'events.jsonl'),
        FLOW_ATIF_DIR: join(files, 'atif'),
      },
    });
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const text = readFileSync(join(files, 'events.jsonl'), 'utf8');
    expectValidAtof(text);
    const events = text
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as { readonly timestamp: string });
    const atof = events.toSorted((a, b) => (a.timestamp < b.timestamp ? -1 : 1));
    const atif = readdirSync(join(files, 'atif'))
      .map((name) => JSON.parse(readFileSync(join(files, 'atif', name), 'utf8')) as { agent: { name: string } })
      .toSorted((a, b) => (a.agent.name < b.agent.name ? -1 : 1));
    atif.forEach(expectValidAtif);
    const spans = spanTree(collector.spans.slice(before));
    await expect(normalise({ spans, atof, atif })).toMatchFileSnapshot(`golden/mcp-${major}-${transport}.json`);
  });
});
