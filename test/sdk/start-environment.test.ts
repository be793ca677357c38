// SPDX-License-Identifier: Apache-2.0
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { startCollector, type Collector } from '../support/collector/index.ts';
import type { AppResult } from '../support/run.ts';
import { runTraced } from './fixtures/traced-app.ts';

let collector: Collector;
beforeEach(async () => {
  collector = await startCollector();
});
afterEach(() => collector.close());

const run = (env: Record<string, string>, code: string): Promise<AppResult> => runTraced({ collector, env, code });
const received = (): string[] => collector.spans.map((span) => span.name).toSorted();

describe('OTEL_TRACES_EXPORTER', () => {
  it('console prints spans and sends none', async () => {
    const { stdout } = await run({ OTEL_TRACES_EXPORTER: 'console' }, `span('printed');`);
    expect(stdout).toContain(`name: 'printed'`);
    expect(collector.requests).toHaveLength(0);
  });

  it('otlp,console does both', async () => {
    const { stdout } = await run({ OTEL_TRACES_EXPORTER: 'otlp,console' }, `span('both');`);
    expect(stdout).toContain(`name: 'both'`);
    expect(received()).toEqual(['both']);
  });

  it('none sends nothing, while spans are still recorded', async () => {
    const code = `const s = tracer.startSpan('x'); console.log(s.isRecording()); s.end();`;
    const { stdout, stderr } = await run({ OTEL_TRACES_EXPORTER: 'none' }, code);
    expect({ stdout, stderr, requests: collector.requests.length }).toEqual({
      stdout: 'true\n',
      stderr: '',
      requests: 0,
    });
  });

  it('that is unknown costs one line, and spans go by OTLP', async () => {
    const { code, stderr } = await run({ OTEL_TRACES_EXPORTER: 'zipkin' }, `span('sent');`);
    expect({ code, spans: received() }).toEqual({ code: 0, spans: ['sent'] });
    expect(stderr.trimEnd().split('\n')).toEqual([
      expect.stringMatching(/^flow: OTEL_TRACES_EXPORTER is "zipkin"; use one of otlp, console/),
    ]);
  });
});

describe('OTEL_EXPORTER_OTLP_*', () => {
  it.each([
    ['http/protobuf', 'application/x-protobuf'],
    ['http/json', 'application/json'],
  ])('protocol %s, with gzip and headers, at exit and before', async (protocol, contentType) => {
    const env = {
      OTEL_EXPORTER_OTLP_PROTOCOL: protocol,
      OTEL_EXPORTER_OTLP_COMPRESSION: 'gzip',
      OTEL_EXPORTER_OTLP_HEADERS: 'X-Api-Key=secret%20key',
      OTEL_BSP_MAX_EXPORT_BATCH_SIZE: '1',
    };
    const code = `
      span('before', { attributes: { n: 1, list: ['a', 'b'] } });
      setTimeout(() => { span('at exit'); process.exit(0); }, 300);`;
    await run(env, code);
    expect(received()).toEqual(['at exit', 'before']);
    expect(collector.spans.find((span) => span.name === 'before')?.attributes).toEqual({ n: 1, list: ['a', 'b'] });
    for (const { headers } of collector.requests) {
      expect(headers).toMatchObject({
        'content-type': contentType,
        'content-encoding': 'gzip',
        'x-api-key': 'secret key',
        'user-agent': expect.stringMatching(/^flow-register\/\d/) as string,
      });
    }
  });

  it('a malformed endpoint costs one line and never the application', async () => {
    const env = { OTEL_EXPORTER_OTLP_ENDPOINT: 'localhost:4318', OTEL_TRACES_SAMPLER: 'always_off' };
    const { code, stdout, stderr } = await runTraced({ env, code: `span('x'); console.log('ran');` });
    expect({ code, stdout }).toEqual({ code: 0, stdout: 'ran\n' });
    expect(stderr).toMatch(/^flow: OTEL_EXPORTER_OTLP_ENDPOINT is "localhost:4318"; use an http:\/\/[^\n]*\n$/);
  });
});

describe('OTEL_TRACES_SAMPLER', () => {
  const code = `
    const parent = (traceFlags) => trace.setSpanContext(context.active(), {
      traceId: '0af7651916cd43dd8448eb211c80319c', spanId: 'b7ad6b7169203331', traceFlags, isRemote: true });
    tracer.startSpan('root').end();
    tracer.startSpan('sampled parent', {}, parent(1)).end();
    tracer.startSpan('unsampled parent', {}, parent(0)).end();`;

  it.each([
    ['always_on', '', ['root', 'sampled parent', 'unsampled parent']],
    ['always_off', '', []],
    ['traceidratio', '0', []],
    ['traceidratio', '1', ['root', 'sampled parent', 'unsampled parent']],
    ['parentbased_always_on', '', ['root', 'sampled parent']],
    ['parentbased_always_off', '', ['sampled parent']],
    ['parentbased_traceidratio', '0', ['sampled parent']],
  ])('%s %s', async (name, argument, expected) => {
    await run({ OTEL_TRACES_SAMPLER: name, OTEL_TRACES_SAMPLER_ARG: argument }, code);
    expect(received()).toEqual(expected);
  });

  it('traceidratio takes about its share', async () => {
    const many = `for (let i = 0; i < 1000; i++) span('s');`;
    await run({ OTEL_TRACES_SAMPLER: 'traceidratio', OTEL_TRACES_SAMPLER_ARG: '0.25' }, many);
    expect(collector.spans.length).toBeGreaterThan(150);
    expect(collector.spans.length).toBeLessThan(350);
  });
});

describe('limits', () => {
  it('cut attributes, values, events and links, and count what they dropped', async () => {
    const env = {
      OTEL_ATTRIBUTE_COUNT_LIMIT: '99',
      OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT: '2',
      OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT: '3',
      OTEL_SPAN_EVENT_COUNT_LIMIT: '1',
      OTEL_SPAN_LINK_COUNT_LIMIT: '1',
      OTEL_EVENT_ATTRIBUTE_COUNT_LIMIT: '1',
    };
    const link = `{ context: { traceId: '0af7651916cd43dd8448eb211c80319c', spanId: 'b7ad6b7169203331', traceFlags: 1 } }`;
    const code = `
      const s = tracer.startSpan('cut', { attributes: { a: 'long text', b: 1, c: 2 }, links: [${link}, ${link}] });
      s.addEvent('first'); s.addEvent('second', { x: 1, y: 2 });
      s.end();`;
    await run(env, code);
    expect(collector.spans).toMatchObject([
      {
        attributes: { a: 'lon', b: 1 },
        droppedAttributesCount: 1,
        events: [{ name: 'second', attributes: { x: 1 }, droppedAttributesCount: 1 }],
        droppedEventsCount: 1,
        links: [{ spanId: 'b7ad6b7169203331' }],
        droppedLinksCount: 1,
      },
    ]);
  });
});

describe('OTEL_PROPAGATORS', () => {
  const code = `
    const carrier = {};
    const baggage = propagation.createBaggage({ k: { value: 'v' } });
    const s = tracer.startSpan('x');
    propagation.inject(propagation.setBaggage(trace.setSpan(context.active(), s), baggage), carrier);
    console.log(Object.keys(carrier).sort().join());`;

  it.each([
    ['', 'baggage,traceparent'],
    ['tracecontext', 'traceparent'],
    ['b3', 'b3'],
    ['b3multi', 'x-b3-sampled,x-b3-spanid,x-b3-traceid'],
    ['b3,tracecontext,none', ''],
    ['none', ''],
  ])('%s', async (value, expected) => {
    const { stdout } = await run({ OTEL_PROPAGATORS: value }, code);
    expect(stdout.trim().toLowerCase()).toBe(expected);
  });

  it('carry the context of an asynchronous operation', async () => {
    const async = `
      tracer.startActiveSpan('outer', async (outer) => {
        await new Promise((resolve) => setTimeout(resolve, 5));
        span('inner');
        outer.end();
      });`;
    await run({}, async);
    const [inner, outer] = collector.spans.toSorted((a, b) => a.name.localeCompare(b.name));
    expect(inner?.parentSpanId).toBe(outer?.spanId);
  });
});

describe('the resource', () => {
  it('tells host, process, SDK and distribution, and never the command line', async () => {
    await runTraced({ collector, programArgs: ['--password=hunter2'], code: `span('x'); process.exit(0);` });
    const [resource] = collector.resources;
    expect(resource).toMatchObject({
      'service.name': 'unknown_service:node',
      'telemetry.sdk.name': 'opentelemetry',
      'telemetry.sdk.language': 'nodejs',
      'telemetry.distro.name': '@flow/register',
      'telemetry.distro.version': expect.stringMatching(/^\d+\.\d+\.\d+/) as string,
      'process.pid': expect.any(Number) as number,
      'host.name': expect.any(String) as string,
      'os.type': expect.any(String) as string,
      'service.instance.id': expect.any(String) as string,
    });
    expect(JSON.stringify(resource)).not.toContain('hunter2');
  });

  it('is the same for the first span and the last', async () => {
    await run(
      { OTEL_BSP_SCHEDULE_DELAY: '1' },
      `span('first'); setTimeout(() => { span('last'); process.exit(0); }, 200);`,
    );
    expect(received()).toEqual(['first', 'last']);
    expect(collector.resources).toHaveLength(1);
  });

  it('takes its name and attributes from the environment', async () => {
    const env = {
      OTEL_SERVICE_NAME: 'agent',
      OTEL_RESOURCE_ATTRIBUTES: 'service.name=other,deployment.environment.name=test%2C1',
      OTEL_NODE_RESOURCE_DETECTORS: 'env,os',
    };
    await run(env, `span('x');`);
    const [resource = {}] = collector.resources;
    expect(resource).toMatchObject({ 'service.name': 'agent', 'deployment.environment.name': 'test,1' });
    expect(Object.keys(resource).filter((key) => /^(host|process)\./.test(key))).toEqual([]);
  });

  it('detects nothing under OTEL_NODE_RESOURCE_DETECTORS=none', async () => {
    const env = { OTEL_NODE_RESOURCE_DETECTORS: 'none', OTEL_RESOURCE_ATTRIBUTES: 'a=1', OTEL_SERVICE_NAME: 'agent' };
    await run(env, `span('x');`);
    expect(Object.keys(collector.resources[0] ?? {}).toSorted()).toEqual([
      'service.name',
      'telemetry.distro.name',
      'telemetry.distro.version',
      'telemetry.sdk.language',
      'telemetry.sdk.name',
      'telemetry.sdk.version',
    ]);
  });
});

describe('switched off or refused', () => {
  it('OTEL_SDK_DISABLED leaves spans that record nothing', async () => {
    const code = `const s = tracer.startSpan('x'); console.log(s.isRecording()); s.end();`;
    const { stdout, stderr } = await run({ OTEL_SDK_DISABLED: 'true' }, code);
    expect({ stdout, stderr, requests: collector.requests.length }).toEqual({
      stdout: 'false\n',
      stderr: '',
      requests: 0,
    });
  });

  it('FLOW_DISABLED leaves the application alone', async () => {
    const code = `console.log(trace.getTracer('x').startSpan('x').isRecording(), process.listenerCount('SIGTERM'));`;
    const { stdout, stderr } = await run({ FLOW_DISABLED: 'true', OTEL_TRACES_SAMPLER: 'bad' }, code);
    expect({ stdout, stderr }).toEqual({ stdout: 'false 0\n', stderr: '' });
  });

  it('FLOW_CONFIG stops the start before the application, with exit code 78 and the reason', async () => {
    const { code, stdout, stderr } = await run({ FLOW_CONFIG: './policy.yaml' }, `console.log('ran');`);
    expect({ code, stdout }).toEqual({ code: 78, stdout: '' });
    expect(stderr).toMatch(/^flow: FLOW_CONFIG is ".\/policy.yaml"; /);
  });

  it("OTEL_LOG_LEVEL shows OpenTelemetry's diagnostics on standard error only", async () => {
    const { stdout, stderr } = await run({ OTEL_LOG_LEVEL: 'debug' }, `span('x');`);
    expect(stdout).toBe('');
    expect(stderr).toContain('flow: @opentelemetry/api');
  });
});
