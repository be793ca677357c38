// SPDX-License-Identifier: Apache-2.0
import { afterEach, describe, expect, it } from 'vitest';

import { startCollector, type Collector, type CollectorOptions } from '../support/collector/index.ts';
import { ROOT } from '../support/run.ts';
import { runTraced } from './fixtures/traced-app.ts';

const open: Collector[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((collector) => collector.close()));
});

async function start(options: CollectorOptions = {}): Promise<Collector> {
  const collector = await startCollector(options);
  open.push(collector);
  return collector;
}

const EVERYTHING = `span('s'); meter.createCounter('counter').add(1); logger.emit({ body: 'r' });`;
const lines = (stderr: string): string[] => stderr.split('\n').filter((line) => line !== '');
/** A module that is loaded before us, as an `--import` data URL. */
const before = (source: string): string[] => ['--import', `data:text/javascript,${encodeURIComponent(source)}`];

describe('a process that measures and logs nothing', () => {
  it('loads no SDK for it, asks nobody anything, and finds providers in force', async () => {
    const collector = await start();
    const code = `
      import { createRequire } from 'node:module';
      const none = metrics.getMeterProvider().constructor.name === 'NoopMeterProvider';
      process.on('exit', () => {
        const loaded = Object.keys(createRequire('/').cache).filter((path) => /sdk-(metrics|logs)|otlp-transformer/.test(path));
        console.log(none, logger.enabled(), loaded.length);
      });`;
    const { stdout, stderr } = await runTraced({ collector, code });
    expect({ stdout, stderr, requests: collector.requests }).toEqual({
      stdout: 'false true 0\n',
      stderr: '',
      requests: [],
    });
  });
});

describe('a receiver that takes traces only', () => {
  it.each([
    ['a natural end', ''],
    ['process.exit()', 'process.exit(0);'],
  ])('is asked once for each signal that nobody named, with a line at level info, at %s', async (_, end) => {
    const collector = await start({ signals: ['traces'] });
    const code = `${EVERYTHING} logger.emit({ body: 'another' }); ${end}`;
    const { code: exitCode, stderr } = await runTraced({ collector, env: { FLOW_LOG: 'info' }, code });
    const [, ...said] = lines(stderr).toSorted((a, b) => Number(b.includes('patches')) - Number(a.includes('patches')));
    expect({ exitCode, spans: collector.spans.length, requests: collector.requests.length }).toEqual({
      exitCode: 0,
      spans: 1,
      requests: 3,
    });
    expect(said.toSorted()).toEqual([
      expect.stringMatching(/\/v1\/logs answers HTTP 404 .*OTEL_LOGS_EXPORTER=none/),
      expect.stringMatching(/\/v1\/metrics answers HTTP 404 .*OTEL_METRICS_EXPORTER=none/),
    ]);
  });

  it('gets nothing more of a signal that it refused while the process runs', async () => {
    const collector = await start({ signals: ['traces'] });
    const code = `
      await logs.getLoggerProvider().forceFlush();
      logger.emit({ body: 1 });
      await logs.getLoggerProvider().forceFlush();
      console.log(logger.enabled());
      logger.emit({ body: 2 });`;
    const { stdout, stderr } = await runTraced({ collector, code });
    expect({ stdout, stderr, requests: collector.requests.length }).toEqual({
      stdout: 'false\n',
      stderr: '',
      requests: 1,
    });
  });

  it('costs a warning where the exporter was named', async () => {
    const collector = await start({ signals: ['traces'] });
    const env = { OTEL_METRICS_EXPORTER: 'otlp', OTEL_LOGS_EXPORTER: 'none' };
    const { stderr } = await runTraced({ collector, env, code: EVERYTHING });
    expect(lines(stderr)).toEqual([
      expect.stringMatching(/^flow: 1 metric data point lost .*\/v1\/metrics: HTTP 404 .*OTEL_METRICS_EXPORTER=none$/),
    ]);
    expect(collector.requests.map(({ path }) => path).toSorted()).toEqual(['/v1/metrics', '/v1/traces']);
  });
});

describe('at the end of the process', () => {
  it('what is lost of all signals for one reason is one line', async () => {
    const env = { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:9' };
    const { code, stderr } = await runTraced({ env, code: `${EVERYTHING} process.exit(0);` });
    expect(code).toBe(0);
    expect(lines(stderr)).toEqual([
      expect.stringMatching(
        /^flow: 1 span, 1 metric data point and 1 log record lost on the way to http:\/\/127\.0\.0\.1:9: .*ECONNREFUSED.*OTEL_TRACES_EXPORTER=none, OTEL_METRICS_EXPORTER=none and OTEL_LOGS_EXPORTER=none$/,
      ),
    ]);
  });

  it('a receiver that hangs holds up no other signal, and the process no longer than one would', async () => {
    const [hung, collector] = [await start({ hang: true }), await start()];
    const env = { FLOW_EXIT_TIMEOUT_MS: '700', OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: `${hung.url}/v1/traces` };
    const { stderr, duration } = await runTraced({ collector, env, code: `${EVERYTHING} process.exit(0);` });
    expect([collector.metrics.length, collector.logs.length]).toEqual([1, 1]);
    expect(lines(stderr)).toEqual([expect.stringMatching(/^flow: 1 span lost .*no answer/)]);
    expect(duration).toBeLessThan(700 + 5000);
  });
});

describe('a signal that is switched off or taken', () => {
  it('has no provider of ours', async () => {
    const collector = await start();
    const names = `console.log(metrics.getMeterProvider().constructor.name, logger.enabled(),
      Symbol.for('io.opentelemetry.js.api.logs') in globalThis); ${EVERYTHING}`;
    for (const env of [{ OTEL_METRICS_EXPORTER: 'none', OTEL_LOGS_EXPORTER: 'none' }, { OTEL_SDK_DISABLED: 'true' }]) {
      const { stdout } = await runTraced({ collector, env, code: names });
      expect(stdout).toBe('NoopMeterProvider false false\n');
    }
    expect(collector.requests.map(({ path }) => path)).toEqual(['/v1/traces']);
  });

  it('is left to the provider that was registered before', async () => {
    const collector = await start();
    const preload = before(`
      const { createRequire } = process.getBuiltinModule('module');
      const { metrics } = createRequire('${ROOT}/')('@opentelemetry/api');
      const noop = metrics.getMeter('x');
      metrics.setGlobalMeterProvider({ getMeter: () => (console.log('theirs'), noop) });`);
    const { stdout, stderr } = await runTraced({ collector, preload, code: EVERYTHING });
    expect({ stdout, stderr }).toEqual({ stdout: 'theirs\n', stderr: '' });
    expect([collector.spans.length, collector.metrics.length, collector.logs.length]).toEqual([1, 0, 1]);
  });
});
