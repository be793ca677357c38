// SPDX-License-Identifier: Apache-2.0
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

import { readSettings } from '../../src/sdk/environment.ts';
import { FORMS, type Setting } from '../../src/sdk/setting-forms.ts';
import { SETTINGS } from '../../src/sdk/settings.ts';

const pem = (name: string): string => join(import.meta.dirname, `fixtures/tls/${name}.pem`);
const problems = (env: Record<string, string>): string[] =>
  readSettings(env).warnings.map(({ setting, value, fix }) => `${setting}=${value}: ${fix}`);

describe('the table of settings', () => {
  it('lists exactly what the start reads', () => {
    const read = new Set<string>();
    const env = new Proxy<Record<string, string>>({}, { get: (_, name) => void read.add(String(name)) });
    readSettings(env);
    expect([...read].toSorted()).toEqual(Object.keys(SETTINGS).toSorted());
  });

  it('describes every value, and its defaults are values', () => {
    const settings: readonly Setting[] = Object.values(SETTINGS);
    const undescribed = settings.filter(({ values, form = '' }) => values === undefined && FORMS[form] === undefined);
    const stray = settings.filter(({ values, default: fallback }) =>
      fallback.split(',').some((part) => values !== undefined && part !== '' && !values.includes(part)),
    );
    expect([undescribed, stray]).toEqual([[], []]);
  });

  it('says what an empty environment gives: each default written out changes nothing', () => {
    const defaults = Object.entries(SETTINGS).map(([name, setting]) => [name, setting.default] as const);
    const { serviceName, ...written } = readSettings(Object.fromEntries(defaults));
    const { serviceName: unset, ...empty } = readSettings({});
    // All that it tells is whether somebody asked.
    const plain = (settings: object): unknown =>
      JSON.parse(JSON.stringify(settings, (key, value: unknown) => (key === 'named' ? undefined : value)));
    expect(plain(written)).toEqual(plain(empty));
    expect([serviceName, unset]).toEqual(['unknown_service:node', undefined]);
  });
});

describe('reading the environment', () => {
  it('takes blank variables as unset and ignores case and spaces around values', () => {
    const { exporters, sampler, warnings } = readSettings({
      OTEL_TRACES_EXPORTER: ' Console , otlp,,console',
      OTEL_TRACES_SAMPLER: '  ',
      OTEL_BSP_MAX_QUEUE_SIZE: '',
    });
    expect(exporters).toEqual(['console', 'otlp']);
    expect(sampler.name).toBe('parentbased_always_on');
    expect(warnings).toEqual([]);
  });

  it('lets the variables for traces win over the general ones', () => {
    const { otlp } = readSettings({
      OTEL_EXPORTER_OTLP_ENDPOINT: 'https://general.example:4318/base/',
      OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'https://traces.example/custom',
      OTEL_EXPORTER_OTLP_PROTOCOL: 'http/protobuf',
      OTEL_EXPORTER_OTLP_TRACES_PROTOCOL: 'http/json',
      OTEL_EXPORTER_OTLP_HEADERS: 'a=general,b=kept%20whole=yes',
      OTEL_EXPORTER_OTLP_TRACES_HEADERS: 'a=traces',
      OTEL_EXPORTER_OTLP_TIMEOUT: '1000',
      OTEL_EXPORTER_OTLP_TRACES_TIMEOUT: '2000',
      OTEL_EXPORTER_OTLP_COMPRESSION: 'gzip',
      OTEL_EXPORTER_OTLP_CLIENT_KEY: pem('client-key'),
    });
    expect(otlp).toMatchObject({
      url: 'https://traces.example/custom',
      protocol: 'http/json',
      headers: { a: 'traces', b: 'kept whole=yes' },
      timeoutMillis: 2000,
      compression: 'gzip',
      clientKeyFile: pem('client-key'),
    });
  });

  it.each(['METRICS', 'LOGS'] as const)('reads the same variables for %s, apart from those for traces', (signal) => {
    const settings = readSettings({
      OTEL_EXPORTER_OTLP_ENDPOINT: 'https://general.example:4318/base/',
      OTEL_EXPORTER_OTLP_HEADERS: 'a=general,b=general',
      OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'https://traces.example/custom',
      [`OTEL_EXPORTER_OTLP_${signal}_PROTOCOL`]: 'http/json',
      [`OTEL_EXPORTER_OTLP_${signal}_HEADERS`]: 'a=own',
      [`OTEL_EXPORTER_OTLP_${signal}_TIMEOUT`]: '2000',
      [`OTEL_EXPORTER_OTLP_${signal}_COMPRESSION`]: 'gzip',
      [`OTEL_EXPORTER_OTLP_${signal}_CERTIFICATE`]: pem('ca'),
      [`OTEL_EXPORTER_OTLP_${signal}_CLIENT_KEY`]: pem('client-key'),
      [`OTEL_EXPORTER_OTLP_${signal}_CLIENT_CERTIFICATE`]: pem('client'),
    });
    const { otlp } = signal === 'METRICS' ? settings.metrics : settings.logs;
    expect(otlp).toEqual({
      url: `https://general.example:4318/base/v1/${signal.toLowerCase()}`,
      named: true,
      protocol: 'http/json',
      headers: { a: 'own', b: 'general' },
      timeoutMillis: 2000,
      compression: 'gzip',
      certificateFile: pem('ca'),
      clientKeyFile: pem('client-key'),
      clientCertificateFile: pem('client'),
    });
    const own = readSettings({ [`OTEL_EXPORTER_OTLP_${signal}_ENDPOINT`]: 'https://own.example/custom' });
    expect((signal === 'METRICS' ? own.metrics : own.logs).otlp.url).toBe('https://own.example/custom');
    expect(own.otlp.url).toBe('http://localhost:4318/v1/traces');
  });

  it('sends metrics and log records by OTLP unless told otherwise, and knows who named the exporter', () => {
    const asked = { OTEL_METRICS_EXPORTER: 'console,otlp', OTEL_LOGS_EXPORTER: 'none,console' };
    const { metrics, logs } = readSettings(asked);
    expect([metrics.exporters, metrics.named, logs.exporters, logs.named]).toEqual([
      ['console', 'otlp'],
      true,
      [],
      true,
    ]);
    const unset = readSettings({});
    expect([unset.metrics.exporters, unset.metrics.named, unset.logs.exporters, unset.logs.named]).toEqual([
      ['otlp'],
      false,
      ['otlp'],
      false,
    ]);
  });

  it('reads how log records are batched, and lets their limits win over the general ones', () => {
    const { logs } = readSettings({
      OTEL_BLRP_SCHEDULE_DELAY: '5',
      OTEL_BLRP_MAX_QUEUE_SIZE: '10',
      OTEL_BSP_MAX_QUEUE_SIZE: '20',
      OTEL_ATTRIBUTE_COUNT_LIMIT: '7',
      OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT: '100',
      OTEL_LOGRECORD_ATTRIBUTE_VALUE_LENGTH_LIMIT: '3',
    });
    expect(logs.batch).toEqual({
      scheduledDelayMillis: 5,
      exportTimeoutMillis: 30_000,
      maxQueueSize: 10,
      maxExportBatchSize: 10,
    });
    expect(logs.limits).toEqual({ attributeCountLimit: 7, attributeValueLengthLimit: 3 });
  });

  it('appends the path of traces to the general endpoint', () => {
    const url = (endpoint: string): string => readSettings({ OTEL_EXPORTER_OTLP_ENDPOINT: endpoint }).otlp.url;
    expect(url('http://host:4318')).toBe('http://host:4318/v1/traces');
    expect(url('http://host/base/')).toBe('http://host/base/v1/traces');
  });

  it('keeps files apart from where spans go', () => {
    expect(readSettings({ OTEL_TRACES_EXPORTER: 'none,atof', FLOW_ATIF_DIR: '/data' })).toMatchObject({
      exporters: [],
      atofFile: './flow/events.atof.jsonl',
      atifDir: '/data',
    });
    expect(readSettings({ OTEL_TRACES_EXPORTER: 'atif' })).toMatchObject({ exporters: [], atifDir: './flow' });
  });

  it.each([
    ['true', true, false],
    ['SPAN_ONLY', true, false],
    ['EVENT_ONLY', false, true],
    ['SPAN_AND_EVENT', true, true],
    ['NO_CONTENT', false, false],
    ['false', false, false],
  ])('reads content capture %s', (value, spans, logs) => {
    const name = 'OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT';
    expect(readSettings({ [name]: value }).content).toEqual({ spans, logs });
  });

  it('lets the limits for spans win over the general ones', () => {
    const { limits } = readSettings({
      OTEL_ATTRIBUTE_COUNT_LIMIT: '10',
      OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT: '100',
      OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT: '0',
    });
    expect(limits).toMatchObject({ attributeCountLimit: 0, attributeValueLengthLimit: 100, eventCountLimit: 128 });
  });
});

describe('a value that cannot be used', () => {
  it('names the setting, the value and the fix, and leaves the default', () => {
    const env = { OTEL_TRACES_SAMPLER: 'sometimes', OTEL_TRACES_SAMPLER_ARG: 'half', OTEL_BSP_MAX_QUEUE_SIZE: '-5' };
    expect(readSettings(env)).toMatchObject({
      sampler: { name: 'parentbased_always_on', ratio: 1 },
      batch: { maxQueueSize: 2048 },
    });
    expect(problems(env)).toEqual([
      expect.stringMatching(/^OTEL_BSP_MAX_QUEUE_SIZE=-5: use a whole number above 0 \(2048 is used\)/),
      expect.stringMatching(
        /^OTEL_TRACES_SAMPLER=sometimes: use one of .*always_off.* \(parentbased_always_on is used\)/,
      ),
      expect.stringMatching(/^OTEL_TRACES_SAMPLER_ARG=half: use a number from 0 to 1/),
    ]);
  });

  it('does not take the usable entries of its list along', () => {
    const env = { OTEL_TRACES_EXPORTER: 'jaeger,console' };
    expect(readSettings(env).exporters).toEqual(['console']);
    expect(problems(env)).toEqual([expect.stringMatching(/^OTEL_TRACES_EXPORTER=jaeger: .*it is ignored/)]);
    expect(readSettings({ OTEL_TRACES_EXPORTER: 'jaeger' }).exporters).toEqual(['otlp']);
  });

  it.each(['localhost:4318', 'not a url', 'ftp://host/'])('is the endpoint %s', (endpoint) => {
    const env = { OTEL_EXPORTER_OTLP_ENDPOINT: endpoint };
    expect(readSettings(env).otlp.url).toBe('http://localhost:4318/v1/traces');
    expect(problems(env)).toEqual([expect.stringContaining(`OTEL_EXPORTER_OTLP_ENDPOINT=${endpoint}: use an http://`)]);
  });

  it('is never shown where it may hold a secret', () => {
    const shown = problems({
      OTEL_EXPORTER_OTLP_HEADERS: 'no-value-but-sk-123',
      OTEL_EXPORTER_OTLP_ENDPOINT: 'ftp://user:sk-123@host/',
    });
    expect(shown).toHaveLength(2);
    expect(shown.join()).not.toContain('sk-123');
  });

  it.each([
    ['OTEL_METRICS_EXPORTER', 'statsd', 'use one of otlp, console, prometheus, none (otlp is used)'],
    ['OTEL_LOGS_EXPORTER', 'syslog', 'use one of otlp, console, none (otlp is used)'],
    ['OTEL_METRIC_EXPORT_INTERVAL', '0', 'use a whole number above 0 (60000 is used)'],
    ['OTEL_METRIC_EXPORT_TIMEOUT', 'long', 'use milliseconds, a whole number; 0 is no limit (30000 is used)'],
    ['OTEL_BLRP_MAX_QUEUE_SIZE', '-1', 'use a whole number above 0 (2048 is used)'],
    ['OTEL_LOGRECORD_ATTRIBUTE_COUNT_LIMIT', 'few', 'use a whole number of 0 or more (it is ignored)'],
    [
      'OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE',
      'both',
      'use one of cumulative, delta, lowmemory (cumulative is used)',
    ],
    [
      'OTEL_EXPORTER_OTLP_METRICS_DEFAULT_HISTOGRAM_AGGREGATION',
      'buckets',
      'use one of explicit_bucket_histogram, base2_exponential_bucket_histogram (explicit_bucket_histogram is used)',
    ],
  ])('is %s=%s', (name, value, fix) => {
    expect(problems({ [name]: value })).toEqual([`${name}=${value}: ${fix}`]);
  });

  it.each(['TRACES', 'METRICS', 'LOGS'])('is OTEL_%s_EXPORTER with none beside another', (signal) => {
    expect(problems({ [`OTEL_${signal}_EXPORTER`]: 'none,otlp' })).toEqual([
      `OTEL_${signal}_EXPORTER=none,otlp: use otlp without none, or none alone (none is used)`,
    ]);
    expect(problems({ [`OTEL_${signal}_EXPORTER`]: 'none' })).toEqual([]);
  });

  it('is content on log records that are not sent', () => {
    const env = { OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT: 'EVENT_ONLY' };
    expect(problems(env)).toEqual([]);
    expect(problems({ ...env, OTEL_LOGS_EXPORTER: 'none' })).toEqual([
      expect.stringMatching(/CAPTURE_MESSAGE_CONTENT=EVENT_ONLY: .*OTEL_LOGS_EXPORTER=otlp/),
    ]);
  });

  it('is a batch larger than the queue', () => {
    const env = { OTEL_BSP_MAX_QUEUE_SIZE: '100', OTEL_BSP_MAX_EXPORT_BATCH_SIZE: '200' };
    expect(readSettings(env).batch.maxExportBatchSize).toBe(100);
    expect(problems(env)).toHaveLength(1);
  });

  it('is a malformed list of resource attributes, which is dropped as a whole', () => {
    expect(readSettings({ OTEL_RESOURCE_ATTRIBUTES: 'a=1,b' }).resourceAttributes).toEqual({});
    expect(problems({ OTEL_RESOURCE_ATTRIBUTES: 'a=1,b' })).toHaveLength(1);
    expect(readSettings({ OTEL_RESOURCE_ATTRIBUTES: 'a=1, b=x%2Cy' }).resourceAttributes).toEqual({ a: '1', b: 'x,y' });
  });

  it('is a header name that HTTP refuses: it would cost every request', () => {
    const env = { OTEL_EXPORTER_OTLP_HEADERS: 'bad name=secret' };
    expect(readSettings(env).otlp.headers).toEqual({});
    expect(problems(env)).toEqual([expect.not.stringContaining('secret')]);
    expect(readSettings({ OTEL_EXPORTER_OTLP_HEADERS: 'x-key=a, Other_Key=b' }).otlp.headers).toEqual({
      'x-key': 'a',
      Other_Key: 'b',
    });
  });
});

describe('policy that cannot be honoured', () => {
  it('a misspelt FLOW_UNPATCHED is an error as well: taken for the default it would let calls through', () => {
    const env = { FLOW_UNPATCHED: 'refused' };
    expect(readSettings(env)).toMatchObject({ errors: [{ setting: 'FLOW_UNPATCHED', value: 'refused' }] });
    expect(readSettings({ ...env, FLOW_POLICY_ON_ERROR: 'warn' })).toMatchObject({
      errors: [],
      warnings: [{ setting: 'FLOW_UNPATCHED', value: 'refused' }],
    });
    expect(readSettings({ FLOW_UNPATCHED: 'refuse' })).toMatchObject({ errors: [], refuseUnpatched: true });
    expect(readSettings({})).toMatchObject({ errors: [], refuseUnpatched: false });
  });

  it('FLOW_CONFIG is an error, because policy fails closed, unless told to warn or all is off', () => {
    const env = { FLOW_CONFIG: './flow.yaml' };
    expect(readSettings(env)).toMatchObject({
      errors: [{ setting: 'FLOW_CONFIG', value: './flow.yaml' }],
      warnings: [],
    });
    const warned = readSettings({ ...env, FLOW_POLICY_ON_ERROR: 'warn' });
    expect(warned).toMatchObject({ errors: [], warnings: [{ setting: 'FLOW_CONFIG' }] });
    expect(readSettings({ ...env, FLOW_DISABLED: 'true' })).toMatchObject({ errors: [], warnings: [] });
  });
});
