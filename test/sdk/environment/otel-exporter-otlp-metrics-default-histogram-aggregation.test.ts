// SPDX-License-Identifier: Apache-2.0
import { expect, it } from 'vitest';

import { type Protocol, runEverySignal } from '../fixtures/every-signal.ts';

it.each<[string, Protocol, string]>([
  ['explicit_bucket_histogram', 'grpc', 'histogram'],
  ['base2_exponential_bucket_histogram', 'http/protobuf', 'exponentialHistogram'],
  ['BASE2_EXPONENTIAL_BUCKET_HISTOGRAM', 'grpc', 'exponentialHistogram'],
])('OTEL_EXPORTER_OTLP_METRICS_DEFAULT_HISTOGRAM_AGGREGATION=%s, over %s', async (aggregation, protocol, kind) => {
  const env = { OTEL_EXPORTER_OTLP_METRICS_DEFAULT_HISTOGRAM_AGGREGATION: aggregation };
  const code = `meter.createHistogram('histogram').record(7);`;
  const { metrics } = await runEverySignal(env, code, ['http/json', protocol, 'http/json']);
  expect(metrics).toMatchObject([{ name: 'histogram', kind, points: [{ count: 1, value: 7 }] }]);
});
