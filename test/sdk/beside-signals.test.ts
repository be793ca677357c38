// SPDX-License-Identifier: Apache-2.0
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { startCollector, type Collector } from '../support/collector/index.ts';
import { OTHER_SDKS, runBeside } from './fixtures/beside-app.ts';

const v3 = OTHER_SDKS['NodeSDK 3.x']!.cwd;
const v2 = OTHER_SDKS['NodeSDK 2.x']!.cwd;
let collector: Collector;
beforeAll(async () => void (collector = await startCollector()));
afterAll(() => collector.close());

const run = async (cwd: string, when: 'before' | 'after', setUp: string, code: string = ''): Promise<string[]> => {
  const env = { OTEL_EXPORTER_OTLP_ENDPOINT: collector.url };
  const result = await runBeside({ cwd, when, setUp, code, env });
  expect(result.code).toBe(0);
  return [...result.stdout.split('\n'), ...result.stderr.split('\n')].filter((line) => line !== '');
};
const meters = `{ getMeter: (name) => (got.push(name), load('@opentelemetry/api').createNoopMeter()) }`;
const loggers = `{ getLogger: (name) => ({ enabled: () => true, emit: () => got.push(name) }) }`;

describe('a provider that the application registers after Flow', () => {
  it('for metrics or log records is told about once for each signal', async () => {
    const setUp = `const { metrics, logs } = load('@opentelemetry/api');
      for (let i = 0; i < 3; i++) metrics.setGlobalMeterProvider(${meters});
      setImmediate(() => { for (let i = 0; i < 3; i++) logs.setGlobalLoggerProvider(${loggers}); });`;
    const lines = await run(v3, 'after', setUp, `await new Promise((resolve) => setTimeout(resolve, 20));`);
    expect(lines).toEqual([
      expect.stringMatching(/^flow: the application .+ registered a meter provider after Flow/),
      expect.stringMatching(/^flow: the application .+ registered a logger provider after Flow/),
    ]);
  });

  it('through api-logs of 2.x is told about as well, though that is refused without a word', async () => {
    const lines = await run(v2, 'after', `load('@opentelemetry/api-logs').logs.setGlobalLoggerProvider(${loggers});`);
    expect(lines).toEqual([expect.stringMatching(/^flow: the application .+ registered a logger provider after Flow/)]);
  });

  it('is told about when it is a propagator, with the setting that does the same', async () => {
    const propagator = `{ inject() {}, extract: (context) => context, fields: () => [] }`;
    const lines = await run(v3, 'after', `load('@opentelemetry/api').propagation.setGlobalPropagator(${propagator});`);
    expect(lines).toEqual([expect.stringMatching(/^flow: .+ registered a propagator after Flow.+OTEL_PROPAGATORS/)]);
  });

  it('is told about also when the application takes the diagnostics over, which it keeps', async () => {
    const setUp = `const { diag, metrics, trace } = load('@opentelemetry/api');
      const own = (word) => Object.fromEntries(['error', 'warn', 'info', 'debug', 'verbose'].map((level) =>
        [level, (text) => level === 'error' && console.log(word, text.split('\\n')[0])]));
      diag.setLogger(own('first'));
      metrics.setGlobalMeterProvider(${meters});
      diag.disable();
      diag.error('to nobody');
      trace.setGlobalTracerProvider({ getTracer() {} });
      diag.setLogger(own('second'), { suppressOverrideMessage: true });
      trace.setGlobalTracerProvider({ getTracer() {} });`;
    expect(await run(v3, 'after', setUp)).toEqual([
      'first Error: @opentelemetry/api: Attempted duplicate registration of API: metrics',
      'second Error: @opentelemetry/api: Attempted duplicate registration of API: trace',
      expect.stringMatching(/^flow: .+ registered a tracer provider, a meter provider after Flow/),
    ]);
  });

  it('can take over after stop(), which leaves the diagnostics as the application has them', async () => {
    const setUp = '';
    const code = `const sdk = await import(new URL('dist/esm/sdk.js', 'file://' + process.cwd() + '/'));
      await sdk.stop();
      for (const each of [api.trace, api.metrics, api.logs, api.context, api.propagation]) each.disable();
      new (load('@opentelemetry/sdk-node').NodeSDK)({ spanProcessors: [processor], instrumentations: [] }).start();
      flow.scope.run('ours', () => {});
      console.log(got.join());`;
    expect(await run(v3, 'after', setUp, code)).toEqual(['ours']);
  });
});

describe('a provider that is registered before Flow', () => {
  it('for metrics and log records keeps them, while spans go to Flow', async () => {
    const setUp = `const { metrics, logs } = load('@opentelemetry/api');
      metrics.setGlobalMeterProvider(${meters}); logs.setGlobalLoggerProvider(${loggers});`;
    const seen = { spans: collector.spans.length, metrics: collector.metrics.length, logs: collector.logs.length };
    const code = `flow.scope.run('ours', () => flow.scope.mark('mark'));
      flow.llm.execute({ name: 'model', request: { content: {} } }, () => ({}));
      api.metrics.getMeter('app'); api.logs.getLogger('app').emit({}); console.log([...new Set(got)].toSorted().join());`;
    expect(await run(v3, 'before', setUp, code)).toEqual(['@flow/register,app']);
    expect(collector.spans.slice(seen.spans).map(({ name }) => name)).toContain('ours');
    expect(collector.metrics.length).toBe(seen.metrics);
    expect(collector.logs.length).toBe(seen.logs);
  });
});

describe('libraries of OpenTelemetry JS 2.x', () => {
  it('send log records through api-logs, spans and measurements to the SDK that Flow is', async () => {
    const lines = await run(
      v2,
      'after',
      '',
      `load('@opentelemetry/api-logs').logs.getLogger('library', '1.0.0').emit({ body: 'hello', severityNumber: 9 });
       api.metrics.getMeter('library').createCounter('calls').add(1);
       api.trace.getTracer('library').startSpan('its span').end();`,
    );
    expect(lines).toEqual([]);
    await collector.waitUntil(
      ({ logs, metrics, spans }) =>
        logs.some(({ body }) => body === 'hello') &&
        metrics.some(({ name }) => name === 'calls') &&
        spans.some(({ name }) => name === 'its span'),
    );
  });
});
