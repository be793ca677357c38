// SPDX-License-Identifier: Apache-2.0
import { expect, it } from 'vitest';

import { type Protocol, runEverySignal } from '../fixtures/every-signal.ts';

it.each<Protocol>(['http/protobuf', 'http/json', 'grpc'])(
  'OTEL_METRIC_EXPORT_INTERVAL has metrics collected again and again over %s, and OTEL_METRIC_EXPORT_TIMEOUT bounds a collection',
  async (protocol) => {
    const env = { OTEL_METRIC_EXPORT_INTERVAL: '20', OTEL_METRIC_EXPORT_TIMEOUT: '40' };
    const code = `
      const counter = meter.createCounter('counter');
      counter.add(1);
      let observed = 0;
      meter.createObservableGauge('gauge').addCallback(() => {
        // The third never comes back; what is counted is sent all the same.
        if (++observed > 2) return new Promise(() => {});
      });
      const waiting = setInterval(() => {
        if (observed < 3) return;
        clearInterval(waiting);
        counter.add(41);
      }, 5);`;
    const { metrics } = await runEverySignal(env, code, ['http/json', protocol, 'http/json']);
    const values = metrics.filter(({ name }) => name === 'counter').map(({ points }) => points[0]?.value);
    expect(values.length).toBeGreaterThan(1);
    expect([values[0], values.at(-1)]).toEqual([1, 42]);
  },
);
