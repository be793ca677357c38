// SPDX-License-Identifier: Apache-2.0
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { AtofEvent } from '../../src/api/index.ts';
import { expectValidAtof } from '../support/formats/index.ts';
import { runApp } from '../support/run.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'flow-unfinished-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const OPEN = `
  import { flow } from '@flow/register/api';
  const agent = flow.scope.start('agent', { type: 'agent' });
  const tool = agent.run(() => flow.tool.start({ name: 'tool', args: {}, data: 'so far' }));
  tool.run(() => flow.llm.start({ name: 'model', request: { content: { model: 'm' } } }));
  flow.tool.start({ name: 'finished', args: {} }).end({ result: 1 });`;

test.each([
  ['the event loop runs empty', '', { code: 0 }],
  ['the process exits', 'process.exit(3);', { code: 3 }],
  ['the process crashes', `setTimeout(() => { throw new Error('crash'); });`, { code: 1 }],
])('a manual call that is open when %s is closed as unfinished', async (_, end, expected) => {
  const path = join(folder, 'events.jsonl');
  const env = {
    FLOW_ATOF_FILE: path,
    OTEL_TRACES_EXPORTER: 'none',
    OTEL_METRICS_EXPORTER: 'none',
    OTEL_LOGS_EXPORTER: 'none',
  };
  const result = await runApp({ args: ['--import', './dist/esm/register.js'], code: OPEN + end, env });
  expect(result).toMatchObject(expected);
  const text = readFileSync(path, 'utf8');
  expectValidAtof(text);
  const events = text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as AtofEvent);
  const ends = events.filter((event) => event.kind === 'scope' && event.scope_category === 'end');
  expect(ends.map(({ name, metadata, data }) => [name, metadata?.['flow.end_reason'], data])).toEqual([
    ['finished', undefined, 1],
    ['model', 'unfinished', null],
    ['tool', 'unfinished', 'so far'],
    ['agent', 'unfinished', null],
  ]);
});

const SECRET = `
  import { flow } from '@flow/register/api';
  import { atofFile } from '@flow/register/sdk';
  if (process.env.OWN_FILE) atofFile({ path: process.env.OWN_FILE });
  flow.tool.addSanitizeResponse('mask', () => '[masked]');
  flow.tool.start({ name: 'manual', args: {}, data: 'SECRET' });
  void flow.tool.execute({ name: 'managed', args: {}, data: 'SECRET' }, () => new Promise(() => {}));
  flow.scope.start('outer', { time: Date.now() * 1000 + 5_000_000 });
  setTimeout(() => process.exit(0));`;

test.each([
  ['under the distribution', ['--import', './dist/esm/register.js'], 'FLOW_ATOF_FILE'],
  ['with a file alone, without the flag', [], 'OWN_FILE'],
])('what was open at the exit is closed, and its data goes through the sanitizers, %s', async (_, args, setting) => {
  const path = join(folder, 'events.jsonl');
  const exporters = { OTEL_TRACES_EXPORTER: 'none', OTEL_METRICS_EXPORTER: 'none', OTEL_LOGS_EXPORTER: 'none' };
  const result = await runApp({ args, code: SECRET, env: { [setting]: path, ...exporters } });
  expect(result).toMatchObject({ code: 0, stderr: '' });
  const text = readFileSync(path, 'utf8');
  expectValidAtof(text);
  expect(text).not.toContain('SECRET');
  expect(text.match(/"scope_category":"end"/g)).toHaveLength(3);
  expect(text.match(/\[masked\]/g)).toHaveLength(2);
});
