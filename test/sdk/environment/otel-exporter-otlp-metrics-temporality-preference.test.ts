// SPDX-License-Identifier: Apache-2.0
import { expect, it } from 'vitest';

import { type Protocol, runEverySignal } from '../fixtures/every-signal.ts';

it.each<[string, Protocol, Record<string, string>]>([
  [
    'Cumulative',
    'grpc',
    { counter: 'cumulative', updown: 'cumulative', observed: 'cumulative', histogram: 'cumulative' },
  ],
  ['delta', 'http/protobuf', { counter: 'delta', updown: 'cumulative', observed: 'delta', histogram: 'delta' }],
  ['lowmemory', 'http/json', { counter: 'delta', updown: 'cumulative', observed: 'cumulative', histogram: 'delta' }],
])('OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE=%s, over %s', async (preference, protocol, expected) => {
  const code = `
    meter.createCounter('counter').add(1);
    meter.createUpDownCounter('updown').add(1);
    meter.createObservableCounter('observed').addCallback((result) => result.observe(1));
    meter.createHistogram('histogram').record(1);`;
  const env = { OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE: preference };
  const { metrics } = await runEverySignal(env, code, ['http/json', protocol, 'http/json']);
  expect(Object.fromEntries(metrics.map(({ name, temporality }) => [name, temporality]))).toEqual(expected);
});
