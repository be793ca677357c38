// SPDX-License-Identifier: Apache-2.0
import type { MetricData, ResourceMetrics } from '@opentelemetry/sdk-metrics';

/** The SDK's `AggregationTemporality.DELTA`. */
const DELTA = 0;

/**
 * Whether a collection says anything that the one before it did not. Cumulative values are there in every collection; those since
 * the last one only if there are any.
 */
export function hasNews(metrics: ResourceMetrics, before: ResourceMetrics | undefined): boolean {
  const known = new Set(before === undefined ? [] : describe(before).map(([, values]) => values));
  return describe(metrics).some(([metric, values]) => metric.aggregationTemporality === DELTA || !known.has(values));
}

/** Each metric with its values as one text, without the times. */
function describe({ scopeMetrics }: ResourceMetrics): readonly (readonly [MetricData, string])[] {
  return scopeMetrics.flatMap(({ scope, metrics }) =>
    metrics.map((metric) => {
      const points = metric.dataPoints.map(({ attributes, value }) => [attributes, value]);
      return [metric, JSON.stringify([scope.name, scope.version, metric.descriptor.name, points])] as const;
    }),
  );
}
