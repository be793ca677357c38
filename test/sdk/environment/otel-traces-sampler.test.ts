// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from 'vitest';

import { readSettings } from '../../../src/sdk/environment.ts';
import { type Protocol, runEverySignal } from '../fixtures/every-signal.ts';

const code = `
  const parent = (traceFlags) => trace.setSpanContext(context.active(), {
    traceId: '0af7651916cd43dd8448eb211c80319c', spanId: 'b7ad6b7169203331', traceFlags, isRemote: true });
  tracer.startSpan('root').end();
  tracer.startSpan('sampled parent', {}, parent(1)).end();
  tracer.startSpan('unsampled parent', {}, parent(0)).end();`;
const [PROTOBUF, JSON, GRPC]: readonly Protocol[] = ['http/protobuf', 'http/json', 'grpc'];

describe('OTEL_TRACES_SAMPLER and OTEL_TRACES_SAMPLER_ARG', () => {
  it.each([
    ['always_on', '', PROTOBUF, ['root', 'sampled parent', 'unsampled parent']],
    ['always_off', '', JSON, []],
    ['parentbased_always_on', '', GRPC, ['root', 'sampled parent']],
    ['parentbased_always_off', '', PROTOBUF, ['sampled parent']],
    ['parentbased_traceidratio', '0', GRPC, ['sampled parent']],
  ])('%s %s', async (name, argument, protocol = 'grpc', expected) => {
    const env = { OTEL_TRACES_SAMPLER: name, OTEL_TRACES_SAMPLER_ARG: argument };
    const { spans } = await runEverySignal(env, code, [protocol, 'http/json', 'http/json']);
    expect(spans.map((span) => span.name).toSorted()).toEqual(expected);
  });

  it('traceidratio takes about its share', async () => {
    const many = `for (let i = 0; i < 1000; i++) span('s');`;
    const env = { OTEL_TRACES_SAMPLER: 'traceidratio', OTEL_TRACES_SAMPLER_ARG: '0.25' };
    const { spans } = await runEverySignal(env, many);
    expect(spans.length).toBeGreaterThan(150);
    expect(spans.length).toBeLessThan(350);
  });

  it.each(['jaeger_remote', 'parentbased_jaeger_remote', 'xray'])(
    '%s, which the specification leaves to others, costs one warning and the default is used',
    (name) => {
      const { sampler, warnings } = readSettings({ OTEL_TRACES_SAMPLER: name });
      expect(sampler.name).toBe('parentbased_always_on');
      expect(warnings).toEqual([
        { setting: 'OTEL_TRACES_SAMPLER', value: name, fix: expect.stringContaining('use one of') as string },
      ]);
    },
  );

  it.each(['2', '-0.1', 'half'])('an argument of %s is ignored, with one warning', (argument) => {
    const { sampler, warnings } = readSettings({
      OTEL_TRACES_SAMPLER: 'traceidratio',
      OTEL_TRACES_SAMPLER_ARG: argument,
    });
    expect(sampler.ratio).toBe(1);
    expect(warnings).toMatchObject([{ setting: 'OTEL_TRACES_SAMPLER_ARG', value: argument }]);
  });
});
