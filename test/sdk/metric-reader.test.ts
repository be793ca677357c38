// SPDX-License-Identifier: Apache-2.0
import type { BatchObservableResult, ObservableResult } from '@opentelemetry/api';
import * as sdk from '@opentelemetry/sdk-metrics';
import { describe, expect, it } from 'vitest';

import { metricForms } from '../../src/sdk/metric-forms.ts';
import { createMetricReader, type MetricReader, type MetricReaderOptions } from '../../src/sdk/metric-reader.ts';

interface Fixture {
  readonly reader: MetricReader;
  readonly meter: ReturnType<sdk.MeterProvider['getMeter']>;
  /** Name and values of each collection. */
  readonly taken: (readonly (readonly [string, ...unknown[]])[])[];
}

function start(
  temporality: 'cumulative' | 'delta' = 'cumulative',
  options: Partial<MetricReaderOptions> = {},
): Fixture {
  const taken: Fixture['taken'] = [];
  const reader = createMetricReader({
    ...metricForms(sdk, { temporality, histogram: 'explicit_bucket_histogram' }),
    intervalMillis: 60_000,
    timeoutMillis: 60_000,
    take: ({ scopeMetrics }) =>
      taken.push(
        scopeMetrics
          .flatMap(({ metrics }) => metrics)
          .map(({ descriptor, dataPoints }) => [descriptor.name, ...dataPoints.map(({ value }) => value)]),
      ),
    isBusy: () => false,
    flush: async () => undefined,
    ...options,
  });
  return { reader, taken, meter: new sdk.MeterProvider({ readers: [reader] }).getMeter('test') };
}

describe('what is collected at the end of the process', () => {
  it.each(['cumulative', 'delta'] as const)('is the same at once as it is with time, %s', async (temporality) => {
    const [now, later] = [start(temporality), start(temporality)];
    for (const { meter } of [now, later]) {
      meter.createCounter('counter').add(2, { a: 1 });
      meter.createHistogram('histogram').record(7);
      const observe = (result: ObservableResult): void => result.observe(3, { b: 1 });
      meter.createObservableCounter('observed').addCallback(observe);
      const batch = meter.createObservableGauge('batch', { valueType: 0 });
      meter.addBatchObservableCallback((result: BatchObservableResult) => result.observe(batch, 4.5), [batch]);
    }
    now.reader.collectNewsNow();
    await later.reader.collectNews();
    expect(now.taken).toHaveLength(1);
    expect(now.taken).toEqual(later.taken);
  });

  it('is taken once while nothing is new, and again when something is', async () => {
    const { reader, meter, taken } = start();
    const counter = meter.createCounter('counter');
    reader.collectNewsNow();
    counter.add(1);
    await reader.collectNews();
    await reader.collectNews();
    reader.collectNewsNow();
    expect(taken).toEqual([[['counter', 1]]]);
    counter.add(1);
    reader.collectNewsNow();
    expect(taken).toEqual([[['counter', 1]], [['counter', 2]]]);
  });

  it('is news in each collection that counts since the last one, also with equal values', async () => {
    const { reader, meter, taken } = start('delta');
    const counter = meter.createCounter('counter');
    counter.add(1);
    await reader.collectNews();
    counter.add(1);
    reader.collectNewsNow();
    reader.collectNewsNow();
    expect(taken).toEqual([[['counter', 1]], [['counter', 1]]]);
  });

  it('is taken again when nobody received it', () => {
    const { reader, meter, taken } = start();
    meter.createCounter('counter').add(1);
    reader.collectNewsNow();
    reader.forget();
    reader.collectNewsNow();
    expect(taken).toEqual([[['counter', 1]], [['counter', 1]]]);
  });
});

describe('a collection', () => {
  it('leaves out only the instrument whose callback takes too long, and waits for that once', async () => {
    const { reader, meter, taken } = start('delta', { timeoutMillis: 300 });
    const counter = meter.createCounter('counter');
    counter.add(1);
    meter.createObservableGauge('hangs').addCallback(() => new Promise<void>(() => undefined));
    await reader.forceFlush();
    counter.add(2);
    const started = performance.now();
    await reader.forceFlush();
    expect(performance.now() - started).toBeLessThan(250);
    expect(taken).toEqual([[['counter', 1]], [['counter', 2]]]);
  });

  it('keeps what a late callback brings', async () => {
    const { reader, meter, taken } = start('delta', { timeoutMillis: 1 });
    const { promise, resolve } = Promise.withResolvers<void>();
    meter.createObservableGauge('late').addCallback(async (result) => {
      await promise;
      result.observe(5);
    });
    await reader.forceFlush();
    expect(taken).toEqual([]);
    resolve();
    await expect.poll(() => taken).toEqual([[['late', 5]]]);
  });

  it('is not taken when there is nothing to tell, and not at an interval while the last one is on its way', async () => {
    let asked = 0;
    const busy = (): boolean => ++asked > 0;
    const { reader, meter, taken } = start('cumulative', { intervalMillis: 1, isBusy: busy });
    await reader.forceFlush();
    meter.createCounter('counter').add(1);
    await expect.poll(() => asked).toBeGreaterThan(1);
    expect(taken).toEqual([]);
    await reader.shutdown();
    expect(taken).toEqual([[['counter', 1]]]);
  });
});

describe('the temporality preference', () => {
  const types = Object.values(sdk.InstrumentType);
  it.each([
    ['cumulative', []],
    ['delta', ['COUNTER', 'GAUGE', 'HISTOGRAM', 'OBSERVABLE_COUNTER', 'OBSERVABLE_GAUGE']],
    ['lowmemory', ['COUNTER', 'HISTOGRAM']],
  ] as const)('%s counts since the last export for %j', (temporality, delta) => {
    const { selectAggregationTemporality } = metricForms(sdk, { temporality, histogram: 'explicit_bucket_histogram' });
    const found = types.filter((type) => selectAggregationTemporality(type) === sdk.AggregationTemporality.DELTA);
    expect(found.toSorted()).toEqual(delta);
  });
});
