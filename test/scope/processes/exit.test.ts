// SPDX-License-Identifier: Apache-2.0
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { AtofEvent } from '../../../src/api/index.ts';
import { expectValidAtof } from '../../support/formats/index.ts';
import { type AppOptions, type AppResult, runApp } from '../../support/run.ts';
import { eventTree } from '../../support/setups/trees.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'flow-exit-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** Runs a program under the distribution and reads the ATOF file that it leaves. */
async function runWithFile(options: AppOptions): Promise<AppResult & { readonly events: readonly AtofEvent[] }> {
  const path = join(folder, 'events.jsonl');
  const env = { FLOW_ATOF_FILE: path, OTEL_TRACES_EXPORTER: 'none', ...options.env };
  const result = await runApp({ ...options, args: ['--import', './dist/esm/register.js'], env });
  const text = readFileSync(path, 'utf8');
  expectValidAtof(text);
  return {
    ...result,
    events: text
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as AtofEvent),
  };
}

const program = (leave: string): string => `
import { flow } from '@flow/register/api';
await flow.scope.run('agent', { data: 'kept' }, async () => {
  flow.scope.start('started');
  await flow.scope.run('finished', async () => undefined);
  flow.scope.push('pushed');
  await flow.tool.execute({ name: 'tool', args: {} }, async () => {
    ${leave}
  });
});
`;

const ENDS: readonly (readonly [string, string, Partial<AppResult>, Pick<AppOptions, 'signal'>])[] = [
  ['process.exit()', 'process.exit(3);', { code: 3, signal: null }, {}],
  [
    'an uncaught error',
    `setTimeout(() => { throw new Error('boom'); }); await new Promise(() => {});`,
    { code: 1, signal: null },
    {},
  ],
  ['an event loop that runs empty', 'await new Promise(() => {});', { code: 13, signal: null }, {}],
  [
    'a signal',
    `process.stdout.write('ready'); await new Promise(() => setInterval(() => {}, 1000));`,
    { code: null, signal: 'SIGTERM' },
    { signal: 'SIGTERM' },
  ],
];

test.each(ENDS)(
  '%s inside a run closes what is open, innermost first, as unfinished',
  async (_, leave, end, options) => {
    const { events, ...result } = await runWithFile({ code: program(leave), ...options });
    expect(result).toMatchObject(end);
    expect(eventTree(events)).toEqual({
      agent: 'root',
      started: 'agent',
      finished: 'agent',
      pushed: 'agent',
      tool: 'pushed',
    });
    const ends = events.filter((event) => event.kind === 'scope' && event.scope_category === 'end');
    expect(ends.map(({ name, metadata, data }) => [name, metadata?.['flow.end_reason'], data])).toEqual([
      ['finished', undefined, null],
      ['tool', 'unfinished', null],
      ['pushed', 'unfinished', null],
      ['started', 'unfinished', null],
      ['agent', 'unfinished', 'kept'],
    ]);
    expect(ends.map(({ metadata }) => metadata?.['otel.status_code'])).toEqual([
      'OK',
      'UNSET',
      'UNSET',
      'UNSET',
      'UNSET',
    ]);
  },
);
