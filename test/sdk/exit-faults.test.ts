// SPDX-License-Identifier: Apache-2.0
import { afterEach, describe, expect, it } from 'vitest';

import { startCollector, type Collector, type CollectorOptions } from '../support/collector/index.ts';
import { runTraced, STAY } from './fixtures/traced-app.ts';

let collector: Collector | undefined;
afterEach(() => collector?.close());

async function failing(options: CollectorOptions): Promise<Collector> {
  collector = await startCollector(options);
  return collector;
}

const lines = (stderr: string): string[] => stderr.split('\n').filter((line) => line !== '');
/** Start-up included: the machine may be slow. */
const SLACK = 4000;

describe('a receiver that fails at the end of the process', () => {
  it('keeps the process no longer than FLOW_EXIT_TIMEOUT_MS when it never answers, and costs one line', async () => {
    const hung = await failing({ hang: true });
    const env = { FLOW_EXIT_TIMEOUT_MS: '500' };
    const result = await runTraced({ collector: hung, env, code: `span('a'); span('b'); process.exit(3);` });
    expect(result.code).toBe(3);
    expect(lines(result.stderr)).toEqual([
      expect.stringMatching(/^flow: 2 spans lost on the way to http:.*\/v1\/traces: no answer/),
    ]);
    expect(result.duration).toBeLessThan(500 + SLACK);
  });

  it('keeps the process no longer when a batch was under way already', async () => {
    const hung = await failing({ hang: true });
    const env = { FLOW_EXIT_TIMEOUT_MS: '500', OTEL_BSP_SCHEDULE_DELAY: '1' };
    const result = await runTraced({ collector: hung, env, code: `span('a'); setTimeout(() => {}, 300);` });
    expect({ code: result.code, lines: lines(result.stderr).length }).toEqual({ code: 0, lines: 1 });
    expect(result.duration).toBeLessThan(800 + SLACK);
  });

  it('keeps the process no longer when a subscriber hangs as well', async () => {
    const hung = await failing({ hang: true });
    const env = { FLOW_EXIT_TIMEOUT_MS: '3000', FLOW_LOG: 'none' };
    const code = `
      const { flow } = await import('@flow/register/api');
      flow.addSubscriber('hangs', () => new Promise(() => {}));
      flow.scope.run('a', () => undefined);
      const start = performance.now();
      process.on('exit', () => console.log(Math.round(performance.now() - start)));`;
    const { stdout, code: exitCode } = await runTraced({ collector: hung, env, code });
    expect(exitCode).toBe(0);
    expect(Number(stdout)).toBeLessThan(3000 + 1000);
  });

  it('does not keep the process at all when nobody listens, and costs one line', async () => {
    const env = { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:9', FLOW_EXIT_TIMEOUT_MS: '15000' };
    const result = await runTraced({ env, code: `span('a');` });
    expect(result.code).toBe(0);
    expect(lines(result.stderr)).toEqual([expect.stringMatching(/^flow: 1 span lost on the way to .*ECONNREFUSED/)]);
    expect(result.duration).toBeLessThan(10_000);
  });

  it('does not change how a signal ends the process', async () => {
    const hung = await failing({ hang: true });
    const env = { FLOW_EXIT_TIMEOUT_MS: '300' };
    const result = await runTraced({ collector: hung, env, signal: 'SIGTERM', code: `span('a'); ${STAY}` });
    expect({ signal: result.signal, lines: lines(result.stderr).length }).toEqual({ signal: 'SIGTERM', lines: 1 });
    expect(result.duration).toBeLessThan(300 + SLACK);
  });

  it('gets the spans again when it was busy the first time', async () => {
    const busy = await failing({ status: [503, 429, 200] });
    const result = await runTraced({ collector: busy, code: `span('a'); process.exit(0);` });
    expect({ stderr: result.stderr, spans: busy.spans.length, requests: busy.requests.length }).toEqual({
      stderr: '',
      spans: 1,
      requests: 3,
    });
  });

  it('is not asked again when it refuses the request', async () => {
    const refusing = await failing({ status: 400 });
    const result = await runTraced({ collector: refusing, code: `span('a'); process.exit(0);` });
    expect(refusing.requests).toHaveLength(1);
    expect(lines(result.stderr)).toEqual([expect.stringContaining('HTTP 400')]);
  });

  it('is not waited for when FLOW_EXIT_TIMEOUT_MS is 0', async () => {
    const hung = await failing({ hang: true });
    const result = await runTraced({
      collector: hung,
      env: { FLOW_EXIT_TIMEOUT_MS: '0' },
      code: `span('a'); process.exit(3);`,
    });
    expect({ code: result.code, lines: lines(result.stderr).length }).toEqual({ code: 3, lines: 1 });
    expect(hung.requests).toHaveLength(0);
  });

  it('costs no line at all under FLOW_LOG=none', async () => {
    const env = { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:9', FLOW_LOG: 'none' };
    const result = await runTraced({ env, code: `span('a');` });
    expect({ code: result.code, stderr: result.stderr }).toEqual({ code: 0, stderr: '' });
  });
});

describe('while the process runs', () => {
  it('a batch is repeated until a busy receiver takes it', async () => {
    const busy = await failing({ status: [503, 200] });
    const env = { OTEL_BSP_SCHEDULE_DELAY: '1' };
    const running = runTraced({
      collector: busy,
      env,
      signal: 'SIGTERM',
      code: `span('a'); setInterval(() => {}, 1000);`,
    });
    await busy.waitForSpans(1);
    expect(busy.requests).toHaveLength(2);
    process.kill(Number(busy.spans[0]?.resource['process.pid']), 'SIGKILL');
    await running;
  });

  it('forceFlush resolves when the receiver has answered, also to a batch that was under way before', async () => {
    const slow = await failing({ delay: 300 });
    const code = `
      for (let i = 0; i < 10; i++) span('s');
      const started = performance.now();
      await trace.getTracerProvider().getDelegate().forceFlush();
      console.log(performance.now() - started > 250);`;
    const { stdout } = await runTraced({ collector: slow, env: { OTEL_BSP_MAX_EXPORT_BATCH_SIZE: '10' }, code });
    expect({ stdout, requests: slow.requests.length }).toEqual({ stdout: 'true\n', requests: 1 });
  });

  it('what the application waits for holds the process, as often as it does', async () => {
    const receiver = await failing({ delay: 50 });
    const code = `
      for (let i = 0; i < 3; i++) {
        span('s' + i);
        await trace.getTracerProvider().getDelegate().forceFlush();
      }
      console.log('done');`;
    const { code: exitCode, stdout } = await runTraced({ collector: receiver, code });
    expect({ exitCode, stdout, spans: receiver.spans.length }).toEqual({ exitCode: 0, stdout: 'done\n', spans: 3 });
  });

  it('spans beyond the queue are counted in one line, and the rest is delivered', async () => {
    const receiver = await failing({});
    const env = { OTEL_BSP_MAX_QUEUE_SIZE: '20', OTEL_BSP_MAX_EXPORT_BATCH_SIZE: '10' };
    const result = await runTraced({ collector: receiver, env, code: `for (let i = 0; i < 100; i++) span('s');` });
    expect(receiver.spans).toHaveLength(30);
    expect(lines(result.stderr)).toEqual([expect.stringContaining('70 spans lost')]);
  });

  it('a span that cannot be encoded does not take its neighbours along', async () => {
    const receiver = await failing({});
    const code = `span('before'); span('bad', { links: [{}] }); span('after'); process.exit(0);`;
    const result = await runTraced({ collector: receiver, code });
    expect(receiver.spans.map((span) => span.name)).toEqual(['before', 'after']);
    expect(lines(result.stderr)).toEqual([expect.stringContaining('1 span lost')]);
  });
});
