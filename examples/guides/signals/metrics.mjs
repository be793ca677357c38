// SPDX-License-Identifier: Apache-2.0
import { metrics } from '@opentelemetry/api';
import {
  AggregationTemporality,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from '@opentelemetry/sdk-metrics';

const exporter = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE);
const provider = new MeterProvider({ readers: [new PeriodicExportingMetricReader({ exporter })] });
metrics.setGlobalMeterProvider(provider);

await import('./agent.mjs');

await provider.forceFlush();
const [{ scopeMetrics }] = exporter.getMetrics();
for (const { descriptor, dataPoints } of scopeMetrics.flatMap((scope) => scope.metrics))
  for (const { value } of dataPoints)
    // Durations differ from run to run: of histograms only the number of measurements.
    console.log(descriptor.name, descriptor.unit, typeof value === 'number' ? value : `${value.count} measured`);
await provider.shutdown();
