// SPDX-License-Identifier: Apache-2.0
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { VERSIONS } from '../../support/application-versions.ts';
import { type Collector, startCollector } from '../../support/collector/index.ts';
import { normalise } from '../../support/golden/normalise.ts';
import { byTime, eventsIn, recordTo, trajectoriesIn } from '../../support/golden/recorded-files.ts';
import { spanTree } from '../../support/golden/span-tree.ts';
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
  // Earlier versions of the first major speak an earlier protocol, and their servers do not say which.
  it.skipIf(VERSIONS !== undefined && major === '1')(
    'has one trace with it, a tool span on each side, and the attributes of the conventions',
    async () => {
      const files = join(folder, major);
      const before = collector.spans.length;
      const { code, stderr } = await runApp({
        args: ['--import', join(ROOT, 'dist/esm/register.js')],
        file: join(trees.get(major) as string, 'structure-app.mjs'),
        programArgs: [major, format, transport],
        env: recordTo(files, collector),
      });
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
      const atof = byTime(eventsIn<{ readonly timestamp: string }>(files));
      const atif = trajectoriesIn(files);
      const spans = spanTree(collector.spans.slice(before));
      await expect(normalise({ spans, atof, atif })).toMatchFileSnapshot(`golden/mcp-${major}-${transport}.json`);
    },
  );
});
