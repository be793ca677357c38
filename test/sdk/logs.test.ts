// SPDX-License-Identifier: Apache-2.0
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { startCollector, type Collector } from '../support/collector/index.ts';
import { runTraced, STAY } from './fixtures/traced-app.ts';

let collector: Collector;
beforeEach(async () => {
  collector = await startCollector();
});
afterEach(() => collector.close());

const bodies = (): unknown[] => collector.logs.map(({ body }) => body);

describe('log records', () => {
  it('are delivered at a natural end with their span, within their limits', async () => {
    const env = {
      OTEL_LOGRECORD_ATTRIBUTE_COUNT_LIMIT: '2',
      OTEL_LOGRECORD_ATTRIBUTE_VALUE_LENGTH_LIMIT: '3',
      OTEL_EXPORTER_OTLP_LOGS_PROTOCOL: 'http/json',
      OTEL_EXPORTER_OTLP_LOGS_HEADERS: 'x-key=logs',
    };
    const code = `
      tracer.startActiveSpan('s', (s) => {
        logger.emit({ eventName: 'e', body: { nested: [1, 'two'] }, severityNumber: 13, severityText: 'careful',
          attributes: { a: 'long text', b: { c: true }, dropped: 1 } });
        s.end();
      });`;
    const { code: exitCode, stderr } = await runTraced({ collector, env, code });
    const [span] = collector.spans;
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    expect(collector.logs).toMatchObject([
      {
        eventName: 'e',
        body: { nested: [1, 'two'] },
        severityNumber: 13,
        severityText: 'careful',
        attributes: { a: 'lon', b: { c: true } },
        droppedAttributesCount: 1,
        traceId: span?.traceId,
        spanId: span?.spanId,
        scope: { name: 'app', version: '1.2.3' },
        resource: span?.resource,
      },
    ]);
    const { headers } = collector.requests.find(({ path }) => path === '/v1/logs') ?? {};
    expect(headers).toMatchObject({ 'content-type': 'application/json', 'x-key': 'logs' });
  });

  it.each([
    ['process.exit()', 'process.exit(3);', undefined],
    ['an uncaught error', `throw new Error('boom');`, undefined],
    ['SIGTERM', STAY, 'SIGTERM'],
  ] as const)('are delivered when %s ends the process', async (_, end, signal) => {
    await runTraced({ collector, code: `logger.emit({ body: 'only' }); ${end}`, ...(signal && { signal }) });
    expect(bodies()).toEqual(['only']);
  });

  it('go out in batches while the process runs, and each once', async () => {
    const env = { OTEL_BLRP_SCHEDULE_DELAY: '1', OTEL_BLRP_MAX_EXPORT_BATCH_SIZE: '100' };
    const code = `for (let i = 0; i < 250; i++) logger.emit({ body: 'r' + i }); ${STAY}`;
    const running = runTraced({ collector, env, code });
    await collector.waitUntil(({ logs }) => logs.length === 250);
    process.kill(Number(collector.logs[0]?.resource['process.pid']), 'SIGKILL');
    await running;
    expect(new Set(bodies()).size).toBe(250);
    expect(collector.requests.map(({ logs }) => logs.length).toSorted((a, b) => a - b)).toEqual([50, 100, 100]);
  });

  it('beyond the queue, and those that cannot be encoded, are counted; the others arrive', async () => {
    const env = { OTEL_BLRP_MAX_QUEUE_SIZE: '5', OTEL_BLRP_MAX_EXPORT_BATCH_SIZE: '5' };
    const code = `
      const circular = {}; circular.circular = circular;
      logger.emit({ body: circular });
      for (let i = 0; i < 20; i++) logger.emit({ body: i });
      process.exit(0);`;
    const { stderr } = await runTraced({ collector, env, code });
    expect(bodies()).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8]);
    expect(stderr).toMatch(/^flow: 12 log records lost on the way to http:[^\n]*\/v1\/logs: [^\n]*\n$/);
  });

  it('of a library that speaks through api-logs arrive as well', async () => {
    const code = `
      const provider = globalThis[Symbol.for('io.opentelemetry.js.api.logs')]?.(1);
      provider.getLogger('older').emit({ body: 'from a library' });`;
    await runTraced({ collector, code });
    expect(collector.logs).toMatchObject([{ body: 'from a library', scope: { name: 'older' } }]);
  });

  it('are printed by the console exporter, and sent where both are named', async () => {
    const env = { OTEL_LOGS_EXPORTER: 'console,otlp' };
    const { stdout } = await runTraced({ collector, env, code: `logger.emit({ body: 'seen' }); process.exit(0);` });
    expect(stdout).toContain(`body: 'seen'`);
    expect(bodies()).toEqual(['seen']);
  });

  it('are delivered by forceFlush, and by stop(), after which nothing is', async () => {
    const code = `
      const { stop } = await import('@flow/register/sdk');
      logger.emit({ body: 'flushed' });
      await logs.getLoggerProvider().forceFlush();
      logger.emit({ body: 'stopped' });
      await stop();
      logger.emit({ body: 'late' });
      console.log(logger.enabled(), logs.getLogger('new').enabled());`;
    const { stdout, stderr } = await runTraced({ collector, code });
    expect({ stdout, stderr, bodies: bodies() }).toEqual({
      stdout: 'false false\n',
      stderr: '',
      bodies: ['flushed', 'stopped'],
    });
  });
});
