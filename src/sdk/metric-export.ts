// SPDX-License-Identifier: Apache-2.0
import type * as SdkMetrics from '@opentelemetry/sdk-metrics';

import { createDelivery, type Delivery } from './delivery.ts';
import { metricForms } from './metric-forms.ts';
import { createMetricReader, type MetricReader } from './metric-reader.ts';
import { METRICS } from './otlp-signal.ts';
import type { SignalContext } from './signal.ts';

/** A reader, and what it takes is delivered by. */
export interface MetricExport {
  readonly reader: MetricReader;
  readonly delivery?: Delivery<SdkMetrics.ResourceMetrics>;
}

/** A few collections may wait for a slow receiver, each a request of its own. */
const QUEUE = { scheduledDelayMillis: 0, maxQueueSize: 8, maxExportBatchSize: 1 };

/** Prints every collection to standard output. */
export function createConsoleExport(sdk: typeof SdkMetrics, { settings }: SignalContext): MetricExport {
  const { intervalMillis, timeoutMillis } = settings.metrics;
  const exporter = new sdk.ConsoleMetricExporter();
  const reader = createMetricReader({
    ...metricForms(sdk, { temporality: 'cumulative', histogram: 'explicit_bucket_histogram' }),
    intervalMillis,
    timeoutMillis,
    take: (metrics) => exporter.export(metrics, () => undefined),
    isBusy: () => false,
    flush: async () => undefined,
  });
  return { reader };
}

/** Sends them by OTLP. While a collection is on its way the next one waits: nothing is lost by that, values add up. */
export function createOtlpExport(
  sdk: typeof SdkMetrics,
  { settings: { metrics }, losses, log }: SignalContext,
): MetricExport {
  const { intervalMillis, timeoutMillis } = metrics;
  const delivery = createDelivery({
    signal: METRICS,
    otlp: metrics.otlp,
    batch: { ...QUEUE, exportTimeoutMillis: timeoutMillis },
    optional: !metrics.named,
    losses,
    log,
    onGivenUp: () => reader.forget(),
  });
  const reader = createMetricReader({
    ...metricForms(sdk, metrics),
    intervalMillis,
    timeoutMillis,
    take: (collection) => delivery.add(collection),
    isBusy: () => delivery.size > 0,
    flush: () => delivery.flush(),
  });
  return { reader, delivery };
}
