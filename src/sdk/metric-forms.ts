// SPDX-License-Identifier: Apache-2.0
import type * as SdkMetrics from '@opentelemetry/sdk-metrics';

import type { MetricSettings } from './metric-settings.ts';

type Forms = Pick<SdkMetrics.IMetricReader, 'selectAggregation' | 'selectAggregationTemporality'>;

/** The instruments that count since the last export, for each preference. All others count from the start. */
const DELTA: Readonly<Record<MetricSettings['temporality'], readonly `${SdkMetrics.InstrumentType}`[]>> = {
  cumulative: [],
  delta: ['COUNTER', 'OBSERVABLE_COUNTER', 'GAUGE', 'OBSERVABLE_GAUGE', 'HISTOGRAM'],
  lowmemory: ['COUNTER', 'HISTOGRAM'],
};

/** In which form metrics are collected: the preferences of `OTEL_EXPORTER_OTLP_METRICS_*`, as the specification reads them. */
export function metricForms(
  sdk: typeof SdkMetrics,
  { temporality, histogram }: Pick<MetricSettings, 'temporality' | 'histogram'>,
): Forms {
  const { AggregationTemporality, AggregationType } = sdk;
  const exponential = histogram === 'base2_exponential_bucket_histogram';
  return {
    selectAggregation: (type) =>
      exponential && type === 'HISTOGRAM'
        ? { type: AggregationType.EXPONENTIAL_HISTOGRAM }
        : { type: AggregationType.DEFAULT },
    selectAggregationTemporality: (type) =>
      DELTA[temporality].includes(type) ? AggregationTemporality.DELTA : AggregationTemporality.CUMULATIVE,
  };
}
