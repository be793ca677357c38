// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from 'vitest';

import { readSettings } from '../../../src/sdk/environment.ts';
import { startCollector, startGrpcCollector } from '../../support/collector/index.ts';
import { ONE_OF_EACH, runEverySignal } from '../fixtures/every-signal.ts';
import { runTraced } from '../fixtures/traced-app.ts';

describe('OTEL_EXPORTER_OTLP_ENDPOINT', () => {
  it('gets the path of each signal over HTTP, after a path of its own', async () => {
    const collector = await startCollector();
    const env = { OTEL_EXPORTER_OTLP_ENDPOINT: `${collector.url}/base/` };
    await runTraced({ env, code: ONE_OF_EACH });
    await collector.close();
    expect(collector.requests.map(({ path }) => path).toSorted()).toEqual([
      '/base/v1/logs',
      '/base/v1/metrics',
      '/base/v1/traces',
    ]);
  });

  it('keeps a query behind the path', () => {
    const { otlp } = readSettings({ OTEL_EXPORTER_OTLP_ENDPOINT: 'http://receiver:4318/base?tenant=1' });
    expect(otlp.url).toBe('http://receiver:4318/base/v1/traces?tenant=1');
  });

  it('may have a path that signals over gRPC do not want', async () => {
    const collector = await startGrpcCollector();
    const env = { OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc', OTEL_EXPORTER_OTLP_ENDPOINT: `${collector.url}/base` };
    const { stderr } = await runTraced({ env, code: ONE_OF_EACH });
    await collector.close();
    expect(stderr).toBe('');
    expect(collector.requests).toHaveLength(3);
  });

  it('that is no URL costs one line and never the application', async () => {
    const env = { OTEL_EXPORTER_OTLP_ENDPOINT: 'localhost:4318', OTEL_TRACES_SAMPLER: 'always_off' };
    const { code, stdout, stderr } = await runTraced({ env, code: `span('x'); console.log('ran');` });
    expect({ code, stdout }).toEqual({ code: 0, stdout: 'ran\n' });
    expect(stderr).toMatch(/^flow: OTEL_EXPORTER_OTLP_ENDPOINT is "localhost:4318"; use an http:\/\/[^\n]*\n$/);
  });

  it('for gRPC is a URL or host:port, and http://localhost:4317 by default', () => {
    const url = (endpoint: string): string =>
      readSettings({ OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc', OTEL_EXPORTER_OTLP_ENDPOINT: endpoint }).otlp.url;
    const path = '/opentelemetry.proto.collector.trace.v1.TraceService/Export';
    expect(url('')).toBe(`http://localhost:4317${path}`);
    expect(url('http://receiver:1234')).toBe(`http://receiver:1234${path}`);
    expect(url('receiver:1234')).toBe(`https://receiver:1234${path}`);
    expect(url('not a host')).toBe(`http://localhost:4317${path}`);
  });
});

describe('OTEL_EXPORTER_OTLP_TRACES_ENDPOINT, OTEL_EXPORTER_OTLP_METRICS_ENDPOINT and OTEL_EXPORTER_OTLP_LOGS_ENDPOINT', () => {
  it('win over the general one', async () => {
    const { spans, metrics, logs } = await runEverySignal({ OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:1' });
    expect([spans, metrics, logs].map(({ length }) => length)).toEqual([1, 1, 1]);
  });

  it('are used as they are over HTTP', () => {
    const { otlp } = readSettings({ OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'http://receiver/custom?key=1' });
    expect(otlp.url).toBe('http://receiver/custom?key=1');
  });

  it('cost one warning for a path over gRPC, which has none', () => {
    const { warnings } = readSettings({
      OTEL_EXPORTER_OTLP_TRACES_PROTOCOL: 'grpc',
      OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'http://user:secret@receiver:4317/v1/traces',
    });
    expect(warnings).toEqual([
      {
        setting: 'OTEL_EXPORTER_OTLP_TRACES_ENDPOINT',
        value: 'http://(not shown)@receiver:4317/v1/traces',
        fix: 'use a URL or host:port without path, such as http://localhost:4317 (the path is ignored)',
      },
    ]);
  });

  it('that are http:// on the gRPC side of a receiver, or the other way round, lose with a line that says why', async () => {
    const http = await startCollector();
    const env = { OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc', OTEL_EXPORTER_OTLP_ENDPOINT: http.url };
    const { stderr } = await runTraced({ env, code: `span('x');` });
    await http.close();
    expect(stderr).toMatch(/^flow: 1 span lost on the way to .*no gRPC at that address, whose port usually is 4317/);
  });
});
