// SPDX-License-Identifier: Apache-2.0
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { startCollector, type Collector, type DecodedMetric } from '../support/collector/index.ts';
import { runTraced, STAY } from './fixtures/traced-app.ts';

let collector: Collector;
beforeEach(async () => {
  collector = await startCollector();
});
afterEach(() => collector.close());

/** The values of a metric in every collection, in order of arrival. */
const values = (name: string): number[] =>
  collector.metrics.filter((metric) => metric.name === name).flatMap(({ points }) => points.map(({ value }) => value));
/** The increments of a counter, by the time each began: one whose request has no answer when the process ends is sent again, as it was. */
const increments = (name: string): ReadonlyMap<string, number> => {
  const points = collector.metrics.filter((metric) => metric.name === name).flatMap((metric) => metric.points);
  return new Map(points.map((point) => [point.startTimeUnixNano, point.value]));
};
const last = (name: string): DecodedMetric | undefined => collector.metrics.findLast((metric) => metric.name === name);
const paths = (): string[] => collector.requests.map(({ path }) => path);

describe('metrics', () => {
  it('of every kind of instrument are delivered once at a natural end, from the same resource as spans', async () => {
    const code = `
      meter.createCounter('counter', { unit: '1', description: 'how many' }).add(2, { a: 'x' });
      meter.createUpDownCounter('up-down').add(-3);
      meter.createGauge('gauge').record(0.5);
      meter.createHistogram('histogram', { advice: { explicitBucketBoundaries: [1, 10] } }).record(5);
      meter.createObservableGauge('observed').addCallback((result) => result.observe(7));
      const batch = meter.createObservableCounter('batch');
      meter.addBatchObservableCallback((result) => result.observe(batch, 11, { b: true }), [batch]);
      span('s');`;
    const { code: exitCode, stderr } = await runTraced({ collector, code });
    expect({ exitCode, stderr, paths: paths().toSorted() }).toEqual({
      exitCode: 0,
      stderr: '',
      paths: ['/v1/metrics', '/v1/traces'],
    });
    expect(collector.metrics).toMatchObject([
      { name: 'counter', unit: '1', description: 'how many', kind: 'sum', temporality: 'cumulative', monotonic: true },
      { name: 'up-down', kind: 'sum', monotonic: false, points: [{ value: -3 }] },
      { name: 'gauge', kind: 'gauge', points: [{ value: 0.5 }] },
      { name: 'histogram', kind: 'histogram', points: [{ count: 1, value: 5, bounds: [1, 10], buckets: [0, 1, 0] }] },
      { name: 'observed', kind: 'gauge', points: [{ value: 7 }] },
      { name: 'batch', kind: 'sum', points: [{ value: 11, attributes: { b: true } }] },
    ]);
    expect(last('counter')).toMatchObject({
      points: [{ value: 2, attributes: { a: 'x' } }],
      scope: { name: 'app', version: '1.2.3' },
      resource: collector.spans[0]?.resource,
    });
  });

  it.each([
    ['process.exit()', 'process.exit(3);', undefined, 3],
    ['an uncaught error', `throw new Error('boom');`, undefined, 1],
    ['SIGTERM', STAY, 'SIGTERM', null],
  ] as const)('are collected when %s ends the process, observed ones included', async (_, end, signal, exitCode) => {
    const code = `
      meter.createCounter('counter').add(2);
      meter.createObservableGauge('observed', { valueType: 0 }).addCallback((result) => {
        result.observe(7.5, { n: 1 });
        result.observe(8, { n: 2 });
      });
      meter.createObservableGauge('broken').addCallback(() => { throw new Error('no'); });
      const batch = meter.createObservableUpDownCounter('batch');
      meter.addBatchObservableCallback((result) => result.observe(batch, 11), [batch]);
      ${end}`;
    const result = await runTraced({ collector, code, ...(signal && { signal }) });
    expect([result.code, result.signal]).toEqual([exitCode, signal ?? null]);
    expect([values('counter'), values('observed'), values('batch'), paths()]).toEqual([
      [2],
      [7, 8],
      [11],
      ['/v1/metrics'],
    ]);
  });

  it('go out at intervals, in the form that is asked for, and add up to what was recorded', async () => {
    const env = {
      OTEL_METRIC_EXPORT_INTERVAL: '40',
      OTEL_EXPORTER_OTLP_METRICS_PROTOCOL: 'http/json',
      OTEL_EXPORTER_OTLP_METRICS_COMPRESSION: 'gzip',
      OTEL_EXPORTER_OTLP_METRICS_HEADERS: 'x-key=metrics',
      OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE: 'delta',
      OTEL_EXPORTER_OTLP_METRICS_DEFAULT_HISTOGRAM_AGGREGATION: 'base2_exponential_bucket_histogram',
    };
    const code = `
      const counter = meter.createCounter('counter');
      const upDown = meter.createUpDownCounter('up-down');
      const histogram = meter.createHistogram('histogram');
      let round = 0;
      setInterval(() => {
        counter.add(1); upDown.add(1); histogram.record(3);
        if (++round === 20) process.exit(0);
      }, 20);`;
    const { stderr } = await runTraced({ collector, env, code });
    expect(stderr).toBe('');
    expect(values('counter').length).toBeGreaterThan(1);
    expect([...increments('counter').values()].reduce((sum, value) => sum + value, 0)).toBe(20);
    expect(values('up-down').at(-1)).toBe(20);
    expect(last('counter')).toMatchObject({ temporality: 'delta' });
    expect(last('up-down')).toMatchObject({ temporality: 'cumulative' });
    expect(last('histogram')).toMatchObject({ kind: 'exponentialHistogram', temporality: 'delta' });
    expect(collector.requests[0]?.headers).toMatchObject({
      'content-type': 'application/json',
      'content-encoding': 'gzip',
      'x-key': 'metrics',
    });
  });

  it('do not wait for a callback that hangs, which does not hold the process either', async () => {
    const code = `
      meter.createCounter('counter').add(2);
      meter.createObservableGauge('hangs').addCallback(() => new Promise(() => {}));`;
    const env = { FLOW_EXIT_TIMEOUT_MS: '1600' };
    const { code: exitCode, duration } = await runTraced({ collector, env, code });
    expect({ exitCode, counter: values('counter') }).toEqual({ exitCode: 0, counter: [2] });
    expect(duration).toBeLessThan(1600 + 5000);
  });

  it('are delivered by forceFlush, and by stop(), after which nothing is', async () => {
    const code = `
      const { stop } = await import('@flow/register/sdk');
      const counter = meter.createCounter('counter');
      counter.add(1);
      await metrics.getMeterProvider().forceFlush();
      counter.add(1);
      await stop();
      counter.add(1);
      metrics.getMeter('later').createCounter('later').add(1);`;
    const { code: exitCode, stderr } = await runTraced({ collector, code });
    expect({ exitCode, stderr, counter: values('counter') }).toEqual({ exitCode: 0, stderr: '', counter: [1, 2] });
    expect(last('later')).toBeUndefined();
  });

  it('are printed by the console exporter, at exit too, and then not sent', async () => {
    const env = { OTEL_METRICS_EXPORTER: 'console' };
    const { stdout } = await runTraced({
      collector,
      env,
      code: `meter.createCounter('seen').add(41); process.exit(0);`,
    });
    expect(stdout).toContain(`name: 'seen'`);
    expect(stdout).toContain('value: 41');
    expect(paths()).toEqual([]);
  });
});
