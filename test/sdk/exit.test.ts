// SPDX-License-Identifier: Apache-2.0
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { startCollector, type Collector } from '../support/collector/index.ts';
import { runPlain, runTraced } from './fixtures/traced-app.ts';

let collector: Collector;
beforeEach(async () => {
  collector = await startCollector();
});
afterEach(() => collector.close());

const received = (): string[] => collector.spans.map((span) => span.name).toSorted();

describe('every ended span is delivered', () => {
  it('when the event loop runs empty', async () => {
    const { code, stderr } = await runTraced({ collector, code: `span('one'); setTimeout(() => span('two'), 10);` });
    expect({ code, stderr, spans: received() }).toEqual({ code: 0, stderr: '', spans: ['one', 'two'] });
  });

  it.each(['--import', '--require'] as const)('when process.exit(0) follows the first span, under %s', async (flag) => {
    const { code, stderr } = await runTraced({ collector, flag, code: `span('only'); process.exit(0);` });
    expect({ code, stderr, spans: received() }).toEqual({ code: 0, stderr: '', spans: ['only'] });
  });

  it('when the application chooses its exit code', async () => {
    const { code } = await runTraced({ collector, code: `span('only'); process.exit(7);` });
    expect({ code, spans: received() }).toEqual({ code: 7, spans: ['only'] });
  });

  it('when the exit code was set beforehand', async () => {
    const { code } = await runTraced({ collector, code: `process.exitCode = 3; span('only');` });
    expect({ code, spans: received() }).toEqual({ code: 3, spans: ['only'] });
  });

  it.each([
    ['an uncaught error', `throw new TypeError('boom');`, []],
    ['an unhandled rejection', `Promise.reject(new TypeError('boom'));`, []],
    ['an unhandled rejection that only warns', `Promise.reject(1);`, ['--unhandled-rejections=warn']],
    ['a top-level await that never settles', `await new Promise(() => {});`, []],
  ])('after %s, with the exit code and output of a run without us', async (_, statement, args) => {
    const code = `span('only'); ${statement}`;
    const without = await runPlain({ args, code });
    const traced = await runTraced({ collector, args, code });
    // Node names the process id in its own warnings.
    const output = (text: string): string => text.replaceAll(/node:\d+/g, 'node');
    expect({ code: traced.code, stderr: output(traced.stderr) }).toEqual({
      code: without.code,
      stderr: output(without.stderr),
    });
    expect(received()).toEqual(['only']);
  });

  it('when the application survives an uncaught error by its own handler', async () => {
    const code = `process.on('uncaughtException', () => span('after')); span('before'); setTimeout(() => { throw new Error('x'); });`;
    const result = await runTraced({ collector, code });
    expect({ code: result.code, spans: received() }).toEqual({ code: 0, spans: ['after', 'before'] });
  });

  it('when new work and new spans start at beforeExit', async () => {
    const code = `
      let rounds = 0;
      process.on('beforeExit', () => { if (rounds++ < 3) setTimeout(() => span('round ' + rounds), 5); });
      span('first');`;
    await runTraced({ collector, code });
    expect(received()).toEqual(['first', 'round 1', 'round 2', 'round 3']);
  });

  it('once each, when batches are under way at the natural end', async () => {
    const { code, stderr } = await runTraced({ collector, code: `for (let i = 0; i < 1500; i++) span('s' + i);` });
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(collector.spans).toHaveLength(1500);
    expect(new Set(collector.spans.map((span) => span.spanId)).size).toBe(1500);
  });

  it('when process.exit() comes with several batches waiting', async () => {
    await runTraced({ collector, code: `for (let i = 0; i < 2500; i++) span('s' + i); process.exit(0);` });
    expect(new Set(collector.spans.map((span) => span.spanId)).size).toBe(2500);
  });
});

it('a natural end delivers spans where the permission model allows no worker thread', async () => {
  const args = ['--permission', '--allow-fs-read=*'];
  const { code, stderr } = await runTraced({ collector, args, code: `span('only');` });
  expect({ code, stderr, spans: received() }).toEqual({ code: 0, stderr: '', spans: ['only'] });
});

describe('worker threads', () => {
  it.each([
    ['ends', ''],
    ['calls process.exit()', 'process.exit(5);'],
    ['throws', `throw new Error('boom');`],
  ])('deliver their spans when the worker %s', async (_, statement) => {
    const source = `import('@opentelemetry/api').then(({ trace }) => {
      trace.getTracer('w').startSpan('inside').end(); ${statement} });`;
    const code = `
      import { Worker } from 'node:worker_threads';
      const worker = new Worker(${JSON.stringify(source)}, { eval: true });
      worker.on('error', () => {});
      worker.on('exit', () => span('outside'));`;
    const { code: exitCode } = await runTraced({ collector, code });
    expect({ exitCode, spans: received() }).toEqual({ exitCode: 0, spans: ['inside', 'outside'] });
  });

  it('tell what they lose', async () => {
    const source = `import('@opentelemetry/api').then(({ trace }) => trace.getTracer('w').startSpan('inside').end());`;
    const code = `
      import { Worker } from 'node:worker_threads';
      new Worker(${JSON.stringify(source)}, { eval: true });`;
    const { stderr } = await runTraced({ env: { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:9' }, code });
    expect(stderr).toMatch(/^flow: 1 span lost [^\n]*\n$/);
  });
});
