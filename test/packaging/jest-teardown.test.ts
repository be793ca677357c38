// SPDX-License-Identifier: Apache-2.0
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test, vi } from 'vitest';
import { startCollector } from '../support/collector/index.ts';
import { ROOT, runApp } from '../support/run.ts';

const folder = mkdtempSync(join(tmpdir(), 'flow-jest-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** What comes out of a test file after it has ended, and the last one waits for. */
const files: Readonly<Record<string, string>> = {
  'package.json': '{ "type": "commonjs" }',
  'jest.config.js': `module.exports = { transform: {}, setupFiles: ['@flow/register'], testSequencer: './by-name.js' };`,
  'by-name.js': `const Sequencer = require('${ROOT}/test/apps/packaging/node_modules/@jest/test-sequencer').default;
    module.exports = class extends Sequencer { sort(tests) { return tests.toSorted((a, b) => (a.path < b.path ? -1 : 1)); } };`,
  'a.test.js': `const OpenAI = require('openai');
    const { flow } = require('@flow/register/api');
    require('@flow/register/sdk').instrument(OpenAI);
    const fetch = async () => new Response('{"choices":[]}', { headers: { 'content-type': 'application/json' } });
    test('a', () => new OpenAI({ apiKey: 'k', fetch }).chat.completions.create({ model: 'm', messages: [] }));`,
  'b.test.js': `const { flow } = require('@flow/register/api');
    const request = { content: { model: 'late', messages: [] } };
    test('b', () => void setTimeout(() => flow.llm.execute({ name: 'late', request }, () => ({ choices: [] })), 300));`,
  'c.test.js': `const { existsSync } = require('node:fs');
    test('c', async () => {
      while (!existsSync('${join(folder, 'sent')}')) await new Promise((done) => setTimeout(done, 50));
    }, 15_000);`,
};

test('what Flow does after a test file of Jest has ended neither is lost nor fails the run', async () => {
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
  mkdirSync(join(folder, 'node_modules/@flow'), { recursive: true });
  symlinkSync(ROOT, join(folder, 'node_modules/@flow/register'));
  symlinkSync(join(ROOT, 'node_modules/openai'), join(folder, 'node_modules/openai'));
  const collector = await startCollector();
  const run = runApp({
    file: join(ROOT, 'test/apps/packaging/node_modules/jest/bin/jest.js'),
    programArgs: ['--runInBand', '--config', 'jest.config.js'],
    cwd: folder,
    env: {
      OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
      OTEL_BSP_SCHEDULE_DELAY: '300',
      OTEL_METRIC_EXPORT_INTERVAL: '300',
      OTEL_METRIC_EXPORT_TIMEOUT: '200',
    },
  });
  try {
    const models = (): readonly unknown[] =>
      collector.spans.map(({ attributes }) => attributes['gen_ai.request.model']);
    await vi.waitUntil(
      () => models().includes('m') && models().includes('late') && collector.metrics.length > 0,
      15_000,
    );
  } finally {
    writeFileSync(join(folder, 'sent'), '');
    await collector.close();
  }
  const { code, stderr } = await run;
  expect(stderr).not.toContain('torn down');
  expect({ code, passed: /Tests: +3 passed, 3 total/.test(stderr) }).toEqual({ code: 0, passed: true });
}, 30_000);
