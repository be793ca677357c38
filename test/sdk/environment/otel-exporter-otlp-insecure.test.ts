// SPDX-License-Identifier: Apache-2.0
import { expect, it } from 'vitest';

import { readSettings } from '../../../src/sdk/environment.ts';
import { startGrpcCollector } from '../../support/collector/index.ts';
import { ONE_OF_EACH } from '../fixtures/every-signal.ts';
import { runTraced } from '../fixtures/traced-app.ts';

it('OTEL_EXPORTER_OTLP_INSECURE sends over gRPC without encryption where the endpoint has no scheme', async () => {
  const collector = await startGrpcCollector();
  const env = {
    OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc',
    OTEL_EXPORTER_OTLP_ENDPOINT: collector.url.replace('http://', ''),
    OTEL_EXPORTER_OTLP_INSECURE: 'true',
  };
  await runTraced({ env, code: ONE_OF_EACH });
  await collector.close();
  expect(collector.requests).toHaveLength(3);
});

it('OTEL_EXPORTER_OTLP_TRACES_INSECURE, OTEL_EXPORTER_OTLP_METRICS_INSECURE and OTEL_EXPORTER_OTLP_LOGS_INSECURE win, and a scheme wins over all', () => {
  const env = {
    OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc',
    OTEL_EXPORTER_OTLP_ENDPOINT: 'receiver:4317',
    OTEL_EXPORTER_OTLP_INSECURE: 'true',
    OTEL_EXPORTER_OTLP_TRACES_INSECURE: 'false',
    OTEL_EXPORTER_OTLP_LOGS_INSECURE: 'true',
  };
  const { otlp, metrics, logs } = readSettings({ ...env, OTEL_EXPORTER_OTLP_METRICS_INSECURE: 'false' });
  const protocols = [otlp, metrics.otlp, logs.otlp].map(({ url }) => new URL(url).protocol);
  expect(protocols).toEqual(['https:', 'https:', 'http:']);
  const secure = readSettings({ ...env, OTEL_EXPORTER_OTLP_ENDPOINT: 'https://receiver:4317' });
  expect(new URL(secure.logs.otlp.url).protocol).toBe('https:');
});
