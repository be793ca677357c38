// SPDX-License-Identifier: Apache-2.0
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest';

import { createSignalsFromFile } from '../../../src/sdk/config-file-signals.ts';
import { readSettings } from '../../../src/sdk/environment.ts';
import { createResource } from '../../../src/sdk/resource.ts';
import {
  type Collector,
  type GrpcCollector,
  startCollector,
  startGrpcCollector,
} from '../../support/collector/index.ts';
import { type AppResult, ROOT } from '../../support/run.ts';
import { ONE_OF_EACH } from '../fixtures/every-signal.ts';
import { runTraced } from '../fixtures/traced-app.ts';

const LOSSES = { add: () => undefined, report: () => undefined };
const folder = mkdtempSync(join(tmpdir(), 'flow-config-file-'));
afterAll(() => rmSync(folder, { recursive: true }));

let http: Collector;
let grpc: GrpcCollector;
beforeEach(async () => {
  http = await startCollector();
  grpc = await startGrpcCollector();
});
afterEach(() => Promise.all([http.close(), grpc.close()]));

const write = (yaml: string): string => {
  const path = join(folder, 'otel.yaml');
  writeFileSync(path, `file_format: "1.0"\n${yaml}`);
  return path;
};
const run = (yaml: string, code: string, env: Record<string, string> = {}): Promise<AppResult> =>
  runTraced({ env: { OTEL_CONFIG_FILE: write(yaml), HTTP: http.url, GRPC: grpc.url, ...env }, code });

const FULL = `
resource:
  attributes:
    - name: service.name
      value: \${NAME:-from the file}
    - name: team
      value: agents
  detection/development:
    detectors:
      - host:
      - process:
propagator:
  composite:
    - b3:
tracer_provider:
  processors:
    - batch:
        schedule_delay: 60000
        exporter:
          otlp_http:
            endpoint: \${HTTP}/v1/traces
            encoding: json
            headers:
              - name: x-key
                value: secret
    - batch:
        exporter:
          otlp_grpc:
            endpoint: \${GRPC}
            compression: gzip
  sampler:
    parent_based:
      root:
        always_on:
  limits:
    attribute_count_limit: 2
meter_provider:
  readers:
    - periodic:
        exporter:
          otlp_http:
            endpoint: \${HTTP}/v1/metrics
            temporality_preference: delta
  views:
    - selector:
        instrument_name: counter
      stream:
        name: renamed
logger_provider:
  processors:
    - simple:
        exporter:
          otlp_grpc:
            endpoint: \${GRPC}
  limits:
    attribute_count_limit: 1
`;

describe('OTEL_CONFIG_FILE', () => {
  it.each(['', 'process.exit(0);'])('builds all signals as it says, and their end loses nothing: %s', async (end) => {
    const code = `
      span('span', { attributes: { a: 1, b: 2, c: 3 } });
      meter.createCounter('counter').add(1);
      logger.emit({ body: 'record', attributes: { a: 1, b: 2 } });
      const carrier = {};
      propagation.inject(trace.setSpan(context.active(), tracer.startSpan('x')), carrier);
      console.log(Object.keys(carrier).join());
      ${end}`;
    const { stdout, stderr } = await run(FULL, code);
    expect({ stdout, stderr }).toEqual({ stdout: 'b3\n', stderr: '' });
    for (const spans of [http.spans, grpc.spans])
      expect(spans).toMatchObject([{ name: 'span', attributes: { a: 1, b: 2 }, droppedAttributesCount: 1 }]);
    expect(http.metrics).toMatchObject([{ name: 'renamed', temporality: 'delta', points: [{ value: 1 }] }]);
    expect(grpc.logs).toMatchObject([{ body: 'record', attributes: { a: 1 }, droppedAttributesCount: 1 }]);
    expect(http.requests.find(({ path }) => path === '/v1/traces')?.headers).toMatchObject({
      'content-type': 'application/json',
      'x-key': 'secret',
    });
    expect(http.resources[0]).toMatchObject({
      'service.name': 'from the file',
      team: 'agents',
      'host.name': expect.any(String) as string,
      'telemetry.distro.name': '@flow/register',
    });
    expect(http.resources[0]).not.toHaveProperty('process.command_args');
  });

  it('has the other variables ignored, without a word, apart from those it names', async () => {
    const env = {
      NAME: 'given',
      OTEL_SERVICE_NAME: 'x',
      OTEL_TRACES_SAMPLER: 'nonsense',
      OTEL_TRACES_EXPORTER: 'none',
    };
    const { stderr } = await run(FULL, ONE_OF_EACH, env);
    expect(stderr).toBe('');
    expect(http.resources).toMatchObject([{ 'service.name': 'given' }]);
  });

  it("stands beside Flow's own processors: the trajectory of an agent is written, with no exporter in the file", async () => {
    const code = `
      const { flow } = await import('@flow/register/api');
      await flow.scope.run('agent', { type: 'agent' }, () => flow.tool.execute({ name: 't', args: {} }, () => 1));`;
    const files = join(folder, 'atif');
    const { stderr } = await run('propagator: {}', code, { FLOW_ATIF_DIR: files });
    expect(stderr).toBe('');
    expect(readdirSync(files)).toHaveLength(1);
  });

  it('that is disabled starts no SDK', async () => {
    const { stdout, stderr } = await run(
      'disabled: true',
      `const s = tracer.startSpan('x'); console.log(s.isRecording());`,
    );
    expect({ stdout, stderr }).toEqual({ stdout: 'false\n', stderr: '' });
  });

  it.each([
    ['tracer_provider: 3', /\/tracer_provider must be object/],
    ['propagator: { composite: [{ jaeger: }] }', /unknown TextMapPropagator in configuration: "jaeger"/],
  ])('that cannot be used costs one line with path and reason, never the application: %s', async (yaml, reason) => {
    const { code, stdout, stderr } = await run(yaml, `${ONE_OF_EACH} console.log('ran');`);
    expect({ code, stdout }).toEqual({ code: 0, stdout: 'ran\n' });
    expect(stderr.trimEnd().split('\n')).toHaveLength(1);
    expect(stderr).toMatch(/^flow: OTEL_CONFIG_FILE is ".*otel.yaml"; .*\(there is no telemetry\): /);
    expect(stderr).toMatch(reason);
    expect([http.requests, grpc.requests]).toEqual([[], []]);
  });

  it.each([
    ['tracer_provider: { processors: [{ mine: { exporter: { console: } } }] }', /unknown processor mine; use batch/],
    ['tracer_provider: { processors: [{ batch: { exporter: { file: } } }] }', /unknown exporter file; use otlp_http/],
    ['logger_provider: { processors: [{ batch: { exporter: { otlp_http: { endpoint: x } } } }] }', /endpoint x is no/],
    ['meter_provider: { readers: [{ pull: { exporter: { mine: } } }] }', /prometheus\/development/],
    [
      'tracer_provider: { processors: [{ simple: { exporter: { console: } } }], sampler: { mine: } }',
      /unknown Sampler name/,
    ],
  ])('is read as a whole before anything is in force: %s', (yaml, reason) => {
    const path = write(yaml);
    const { configFile } = readSettings({ OTEL_CONFIG_FILE: path });
    const context = {
      settings: readSettings({}),
      resource: createResource(readSettings({})),
      losses: LOSSES,
      log: () => undefined,
    };
    const model = configFile?.model ?? {};
    expect(() => createSignalsFromFile(context, { path, model }, [])).toThrow(reason);
  });

  it('as the guide shows it can be used', () => {
    const guide = readFileSync(join(ROOT, 'docs/configuration.md'), 'utf8');
    const [, yaml = ''] = /```yaml\n([^]*?)```/.exec(guide) ?? [];
    const path = join(folder, 'guide.yaml');
    writeFileSync(path, yaml);
    const { configFile, warnings } = readSettings({ OTEL_CONFIG_FILE: path });
    expect(warnings).toEqual([]);
    expect(Object.keys(configFile?.model ?? {})).toContain('tracer_provider');
  });

  it('that is missing costs one warning', () => {
    const { configFile, warnings } = readSettings({ OTEL_CONFIG_FILE: './none.yaml', OTEL_TRACES_SAMPLER: 'nonsense' });
    expect(configFile).toEqual({ path: './none.yaml', model: undefined });
    expect(warnings).toEqual([
      {
        setting: 'OTEL_CONFIG_FILE',
        value: './none.yaml',
        fix: expect.stringMatching(/^name a valid YAML file .*ENOENT/) as string,
      },
    ]);
  });

  it('with distribution.flow stops the start, as every policy that cannot be honoured, or warns where told to', () => {
    const env = { OTEL_CONFIG_FILE: write('distribution: { flow: { plugins: [] } }') };
    const problem = { setting: 'OTEL_CONFIG_FILE', fix: expect.stringMatching(/^distribution.flow: /) as string };
    expect(readSettings(env)).toMatchObject({ errors: [problem], warnings: [] });
    expect(readSettings({ ...env, FLOW_POLICY_ON_ERROR: 'warn' })).toMatchObject({ errors: [], warnings: [problem] });
  });

  it('keeps the variables that are about instrumentations and content', () => {
    const { disabledInstrumentations, content } = readSettings({
      OTEL_CONFIG_FILE: write('logger_provider: { processors: [{ simple: { exporter: { console: } } }] }'),
      OTEL_NODE_DISABLED_INSTRUMENTATIONS: 'http',
      OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT: 'true',
    });
    expect({ disabledInstrumentations, content }).toEqual({
      disabledInstrumentations: ['http'],
      content: { spans: true, logs: false },
    });
  });

  it('may print, and may have metrics wait to be asked for; what has no effect here costs one line', async () => {
    const yaml = `
tracer_provider: { processors: [{ simple: { exporter: { console: } } }] }
logger_provider: { processors: [{ simple: { exporter: { console: } } }] }
meter_provider:
  exemplar_filter: always_on
  readers:
    - periodic: { interval: 60000, exporter: { console: } }
    - pull: { exporter: { prometheus/development: { host: 127.0.0.1, port: 1 } } }`;
    const { stdout, stderr } = await run(yaml, ONE_OF_EACH);
    for (const printed of [`name: 'span'`, `name: 'counter'`, `body: 'record'`]) expect(stdout).toContain(printed);
    const [first, ...others] = stderr.trimEnd().split('\n');
    expect(first).toMatch(/"; leave out what has no effect here: meter_provider.exemplar_filter$/);
    // Only root may listen there.
    expect(others.join()).toMatch(/^$|^flow: nobody can ask for metrics at http:\/\/127.0.0.1:1\/metrics: /);
  });
});
