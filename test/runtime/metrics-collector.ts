// SPDX-License-Identifier: Apache-2.0
import { type Attributes, metrics } from '@opentelemetry/api';
import {
  AggregationTemporality,
  DataPointType,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from '@opentelemetry/sdk-metrics';

/** One time series as it was collected. A histogram's value is its sum. */
export interface Point {
  readonly name: string;
  readonly scope: string;
  readonly unit: string;
  readonly attributes: Attributes;
  readonly value: number;
  /** How many values a histogram has. */
  readonly count: number | undefined;
  readonly boundaries: readonly number[] | undefined;
}

/** A meter provider as an application would register it. */
export interface MetricsCollector {
  /** What has been recorded since the last time. */
  take(): Promise<readonly Point[]>;
  /** Unregisters it. */
  stop(): Promise<void>;
}

/** Registers a meter provider. One at a time. */
export function startMetrics(): MetricsCollector {
  const exporter = new InMemoryMetricExporter(AggregationTemporality.DELTA);
  const reader = new PeriodicExportingMetricReader({ exporter, exportIntervalMillis: 3_600_000 });
  const provider = new MeterProvider({ readers: [reader] });
  metrics.setGlobalMeterProvider(provider);
  return {
    async take() {
      exporter.reset();
      await provider.forceFlush();
      return exporter.getMetrics().flatMap(({ scopeMetrics }) =>
        scopeMetrics.flatMap(({ scope, metrics }) =>
          metrics.flatMap(({ descriptor, dataPointType, dataPoints }) =>
            dataPoints.map(({ attributes, value }): Point => {
              const { name, unit } = descriptor;
              const series = { name, scope: scope.name, unit, attributes };
              if (dataPointType !== DataPointType.HISTOGRAM)
                return { ...series, value: value as number, count: undefined, boundaries: undefined };
              const { sum, count, buckets } = value as {
                sum?: number;
                count: number;
                buckets: { boundaries: number[] };
              };
              return { ...series, value: sum ?? Number.NaN, count, boundaries: buckets.boundaries };
            }),
          ),
        ),
      );
    },
    async stop() {
      metrics.disable();
      await provider.shutdown();
    },
  };
}

/** Name and value of each series, without times: those of a machine are what they are. */
export function tokensOf(points: readonly Point[]): Record<string, number> {
  return Object.fromEntries(points.filter(({ unit }) => unit === '{token}').map(({ name, value }) => [name, value]));
}
