// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from 'vitest';

import { runEverySignal } from '../fixtures/every-signal.ts';

describe('OTEL_TRACES_EXPORTER, OTEL_METRICS_EXPORTER and OTEL_LOGS_EXPORTER', () => {
  it('console prints every signal and sends none', async () => {
    const env = { OTEL_TRACES_EXPORTER: 'console', OTEL_METRICS_EXPORTER: 'console', OTEL_LOGS_EXPORTER: 'console' };
    const { stdout, stderr, http, grpc } = await runEverySignal(env);
    expect(stdout).toContain(`name: 'span'`);
    expect(stdout).toContain(`name: 'counter'`);
    expect(stdout).toContain(`body: 'record'`);
    expect({ stderr, http, grpc }).toEqual({ stderr: '', http: [], grpc: [] });
  });

  it('otlp,console does both', async () => {
    const both = 'otlp,console';
    const env = { OTEL_TRACES_EXPORTER: both, OTEL_METRICS_EXPORTER: both, OTEL_LOGS_EXPORTER: both };
    const { stdout, spans, metrics, logs } = await runEverySignal(env);
    expect(stdout).toMatch(/name: 'span'[^]*body: 'record'[^]*name: 'counter'|name: 'span'[^]*name: 'counter'/);
    expect([spans, metrics, logs].map(({ length }) => length)).toEqual([1, 1, 1]);
  });

  it('none sends nothing, while spans are still recorded', async () => {
    const env = { OTEL_TRACES_EXPORTER: 'none', OTEL_METRICS_EXPORTER: 'none', OTEL_LOGS_EXPORTER: 'none' };
    const code = `const s = tracer.startSpan('x'); console.log(s.isRecording()); s.end(); logger.emit({ body: 'x' });`;
    const { stdout, stderr, http, grpc } = await runEverySignal(env, code);
    expect({ stdout, stderr, http, grpc }).toEqual({ stdout: 'true\n', stderr: '', http: [], grpc: [] });
  });

  it('that is unknown costs one line for each signal, and the signal goes by OTLP', async () => {
    const env = { OTEL_TRACES_EXPORTER: 'jaeger', OTEL_METRICS_EXPORTER: 'statsd', OTEL_LOGS_EXPORTER: 'otlp/stdout' };
    const { code, stderr, spans, metrics, logs } = await runEverySignal(env);
    expect([code, spans.length, metrics.length, logs.length]).toEqual([0, 1, 1, 1]);
    expect(stderr.trimEnd().split('\n')).toEqual([
      expect.stringMatching(/^flow: OTEL_TRACES_EXPORTER is "jaeger"; use one of otlp, console, zipkin/),
      expect.stringMatching(/^flow: OTEL_METRICS_EXPORTER is "statsd"; use one of otlp, console, prometheus/),
      expect.stringMatching(/^flow: OTEL_LOGS_EXPORTER is "otlp\/stdout"; use one of otlp, console/),
    ]);
  });
});
