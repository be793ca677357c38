// SPDX-License-Identifier: Apache-2.0
import { expect, it } from 'vitest';

import { ONE_OF_EACH, ROTATIONS, runEverySignal } from '../fixtures/every-signal.ts';

it.each(ROTATIONS)(
  'OTEL_EXPORTER_OTLP_HEADERS are sent with every request; those of a signal win for each header (%s, %s, %s)',
  async (...protocols) => {
    const env = {
      OTEL_EXPORTER_OTLP_HEADERS: 'X-Api-Key=secret%20key,x-from=general',
      OTEL_EXPORTER_OTLP_TRACES_HEADERS: 'x-from=traces',
      OTEL_EXPORTER_OTLP_METRICS_HEADERS: 'x-from=metrics',
      OTEL_EXPORTER_OTLP_LOGS_HEADERS: 'x-from=logs',
    };
    const { http, grpc } = await runEverySignal(env, ONE_OF_EACH, protocols);
    const requests = [...http, ...grpc];
    for (const { headers } of requests) {
      expect(headers['x-api-key']).toBe('secret key');
      expect(headers['user-agent']).toMatch(/^flow-register\/\d/);
    }
    expect(requests.map(({ headers }) => headers['x-from']).toSorted()).toEqual(['logs', 'metrics', 'traces']);
  },
);
