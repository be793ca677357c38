// SPDX-License-Identifier: Apache-2.0
import type * as SdkMetrics from '@opentelemetry/sdk-metrics';

import { createDelivery, type Delivery } from './delivery.ts';
import { metricForms } from './metric-forms.ts';
import { createMetricReader, type MetricReader } from './metric-reader.ts';
import type { MetricSettings } from './metric-settings.ts';
import { METRICS } from './otlp-signal.ts';
import type { SignalContext } from './signal.ts';

/** A reader, and what it takes is delivered by. */
export interface MetricExport {
  readonly reader: SdkMetrics.IMetricReader;
  /** The reader where it collects by itself; one that is asked does not. */
  readonly pushes?: MetricReader;
  readonly delivery?: Delivery<SdkMetrics.ResourceMetrics>;
}

type Pace = Pick<MetricSettings, 'intervalMillis' | 'timeoutMillis'>;

/** A few collections may wait for a slow receiver, each a request of its own. */
const QUEUE = { scheduledDelayMillis: 0, maxQueueSize: 8, maxExportBatchSize: 1 };

/** Prints every collection to standard output. */
export function createConsoleExport(sdk: typeof SdkMetrics, { intervalMillis, timeoutMillis }: Pace): MetricExport {
  const exporter = new sdk.ConsoleMetricExporter();
  const reader = createMetricReader({
    ...metricForms(sdk, { temporality: 'cumulative', histogram: 'explicit_bucket_histogram' }),
    intervalMillis,
    timeoutMillis,
    take: (metrics) => exporter.export(metrics, () => undefined),
    isBusy: () => false,
    flush: async () => undefined,
  });
  return { reader, pushes: reader };
}

/** How and where metrics go by OTLP. */
export interface OtlpMetricOptions extends Pace, Pick<MetricSettings, 'otlp' | 'temporality' | 'histogram'> {
  /** As for a delivery. */
  readonly optional: boolean;
  readonly fix?: string;
}

/** Sends them by OTLP. While a collection is on its way the next one waits: nothing is lost by that, values add up. */
export function createOtlpExport(
  sdk: typeof SdkMetrics,
  { losses, log }: Pick<SignalContext, 'losses' | 'log'>,
  options: OtlpMetricOptions,
): MetricExport {
  const { intervalMillis, timeoutMillis, otlp, optional, fix } = options;
  const delivery = createDelivery({
    signal: METRICS,
    otlp,
    batch: { ...QUEUE, exportTimeoutMillis: timeoutMillis },
    optional,
    losses,
    log,
    onGivenUp: () => reader.forget(),
    ...(fix !== undefined && { fix }),
  });
  const reader = createMetricReader({
    ...metricForms(sdk, options),
    intervalMillis,
    timeoutMillis,
    take: (collection) => delivery.add(collection),
    isBusy: () => delivery.size > 0,
    flush: () => delivery.flush(),
  });
  return { reader, pushes: reader, delivery };
}
