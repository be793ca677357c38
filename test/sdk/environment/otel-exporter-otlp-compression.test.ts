// SPDX-License-Identifier: Apache-2.0
import { expect, it } from 'vitest';

import { ONE_OF_EACH, ROTATIONS, runEverySignal } from '../fixtures/every-signal.ts';

it.each(ROTATIONS)(
  'OTEL_EXPORTER_OTLP_COMPRESSION=gzip compresses traces (%s), metrics (%s) and log records (%s)',
  async (...protocols) => {
    const { http, spans, metrics, logs } = await runEverySignal(
      { OTEL_EXPORTER_OTLP_COMPRESSION: 'gzip' },
      ONE_OF_EACH,
      protocols,
    );
    // The gRPC server takes a compressed message for what it says it is; what arrived is read.
    expect(http.map(({ headers }) => headers['content-encoding'])).toEqual(['gzip', 'gzip']);
    expect([spans, metrics, logs].map(({ length }) => length)).toEqual([1, 1, 1]);
  },
);

it('OTEL_EXPORTER_OTLP_TRACES_COMPRESSION, OTEL_EXPORTER_OTLP_METRICS_COMPRESSION and OTEL_EXPORTER_OTLP_LOGS_COMPRESSION win', async () => {
  const env = {
    OTEL_EXPORTER_OTLP_COMPRESSION: 'gzip',
    OTEL_EXPORTER_OTLP_TRACES_COMPRESSION: 'none',
    OTEL_EXPORTER_OTLP_METRICS_COMPRESSION: 'gzip',
    OTEL_EXPORTER_OTLP_LOGS_COMPRESSION: 'none',
  };
  const { http } = await runEverySignal(env, ONE_OF_EACH, ['http/json', 'http/json', 'http/json']);
  const encodings = http.map(({ path, headers }) => `${path} ${headers['content-encoding']}`);
  expect(encodings.toSorted()).toEqual(['/v1/logs undefined', '/v1/metrics gzip', '/v1/traces undefined']);
});
