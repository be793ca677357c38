// SPDX-License-Identifier: Apache-2.0
import type { IMetricReader, MetricProducer, ResourceMetrics } from '@opentelemetry/sdk-metrics';

import { collectNow } from './metric-collection.ts';
import { hasNews } from './metric-news.ts';

/** Collects at intervals, on request and at the end of the process. Its timers never hold the process. */
export interface MetricReader extends IMetricReader {
  /** Collects what the last collection did not have; for an end of the process that may not come. Never rejects. */
  collectNews(): Promise<void>;
  /** The same at once. */
  collectNewsNow(): void;
  /** Nobody received what was collected last. */
  forget(): void;
}

export interface MetricReaderOptions extends Pick<IMetricReader, 'selectAggregation' | 'selectAggregationTemporality'> {
  readonly intervalMillis: number;
  /** How long observable callbacks may take. What they have then is missing, what was recorded is not. */
  readonly timeoutMillis: number;
  readonly take: (metrics: ResourceMetrics) => void;
  /** An interval passes without collection while this says so. */
  readonly isBusy: () => boolean;
  /** Resolves when what was taken has been delivered or has failed. */
  readonly flush: () => Promise<void>;
}

/** What was observed such a short time ago is not observed again at the end. */
const FRESH_MILLIS = 1000;
const CARDINALITY_LIMIT = 2000;

export function createMetricReader(options: MetricReaderOptions): MetricReader {
  const { intervalMillis, timeoutMillis, take, isBusy, flush } = options;
  let producer: MetricProducer | undefined;
  let timer: NodeJS.Timeout | undefined;
  let last: ResourceMetrics | undefined;
  let observedAt = -Infinity;
  let collecting: Promise<void> | undefined;
  let hangs = false;

  function accept(metrics: ResourceMetrics, onlyNews: boolean): void {
    if (metrics.scopeMetrics.length === 0 || (onlyNews && !hasNews(metrics, last))) return;
    last = metrics;
    take(metrics);
  }

  async function observe(from: MetricProducer, onlyNews: boolean): Promise<void> {
    try {
      const { resourceMetrics } = await from.collect();
      observedAt = performance.now();
      accept(resourceMetrics, onlyNews);
    } finally {
      collecting = undefined;
      hangs = false;
    }
  }

  /** A callback that hangs is waited for once. It holds up nothing that other instruments recorded. */
  async function collect(onlyNews: boolean): Promise<void> {
    if (producer === undefined) return;
    collecting ??= observe(producer, onlyNews);
    if (!hangs && (await within(collecting, timeoutMillis))) return;
    hangs = collecting !== undefined;
    accept(collectNow(producer, false), onlyNews);
  }

  async function collectAndFlush(): Promise<void> {
    // One that is under way may have passed what was recorded just now.
    if (collecting !== undefined && !hangs) await within(collecting, timeoutMillis);
    await collect(false);
    await flush();
  }

  return {
    selectAggregation: options.selectAggregation,
    selectAggregationTemporality: options.selectAggregationTemporality,
    selectCardinalityLimit: () => CARDINALITY_LIMIT,
    setMetricProducer(from) {
      if (producer !== undefined) throw new Error('the reader has a meter provider already');
      producer = from;
      timer = setInterval(() => void (isBusy() || collect(false)), intervalMillis).unref();
    },
    async collect(how) {
      if (producer === undefined) throw new Error('the reader has no meter provider');
      return producer.collect(how);
    },
    collectNews: () => collect(true),
    collectNewsNow() {
      if (producer !== undefined) accept(collectNow(producer, performance.now() - observedAt > FRESH_MILLIS), true);
    },
    forget() {
      last = undefined;
    },
    forceFlush: collectAndFlush,
    async shutdown() {
      clearInterval(timer);
      await collectAndFlush();
      producer = undefined;
    },
  };
}

/** Whether the work was done, or failed, in time. */
async function within(work: Promise<void>, millis: number): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<boolean>((resolve) => {
    timer = setTimeout(resolve, millis, false).unref();
  });
  const done = work.then(
    () => true,
    () => true,
  );
  return Promise.race([done, late]).finally(() => clearTimeout(timer));
}
