// SPDX-License-Identifier: Apache-2.0
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import {
  type GrpcCollector,
  startCollector,
  type Collector,
  startGrpcCollector,
} from '../../support/collector/index.ts';
import { ONE_OF_EACH, ROTATIONS, runEverySignal } from '../fixtures/every-signal.ts';
import { runTraced } from '../fixtures/traced-app.ts';

const TYPES = { 'http/protobuf': 'application/x-protobuf', 'http/json': 'application/json' };
const SERVICES = { traces: 'trace.v1.Trace', metrics: 'metrics.v1.Metrics', logs: 'logs.v1.Logs' };

describe('the protocol of each signal', () => {
  it.each(ROTATIONS)(
    'is its own variable: OTEL_EXPORTER_OTLP_TRACES_PROTOCOL=%s, OTEL_EXPORTER_OTLP_METRICS_PROTOCOL=%s, OTEL_EXPORTER_OTLP_LOGS_PROTOCOL=%s',
    async (...protocols) => {
      const { spans, metrics, logs, http, grpc } = await runEverySignal({}, ONE_OF_EACH, protocols);
      expect(spans).toMatchObject([{ name: 'span' }]);
      expect(metrics).toMatchObject([{ name: 'counter', points: [{ value: 1 }] }]);
      expect(logs).toMatchObject([{ body: 'record' }]);
      const expected = (['traces', 'metrics', 'logs'] as const).map((signal, i) => {
        const protocol = protocols[i] ?? 'grpc';
        return protocol === 'grpc'
          ? `/opentelemetry.proto.collector.${SERVICES[signal]}Service/Export application/grpc`
          : `/v1/${signal} ${TYPES[protocol]}`;
      });
      const seen = [
        ...http.map(({ path, headers }) => `${path} ${headers['content-type']}`),
        ...grpc.map(({ path }) => `${path} application/grpc`),
      ];
      expect(seen.toSorted()).toEqual(expected.toSorted());
    },
  );
});

describe('OTEL_EXPORTER_OTLP_PROTOCOL', () => {
  let http: Collector;
  let grpc: GrpcCollector;
  beforeEach(async () => {
    http = await startCollector();
    grpc = await startGrpcCollector();
  });
  afterEach(() => Promise.all([http.close(), grpc.close()]));

  it.each(['http/protobuf', 'HTTP/JSON'] as const)('%s is for all signals', async (protocol) => {
    await runTraced({ collector: http, env: { OTEL_EXPORTER_OTLP_PROTOCOL: protocol }, code: ONE_OF_EACH });
    const types = http.requests.map(({ headers }) => headers['content-type']);
    const type = TYPES[protocol.toLowerCase() as keyof typeof TYPES];
    expect(types).toEqual([type, type, type]);
  });

  it('grpc is for all signals; the end of the process by process.exit() loses nothing', async () => {
    const env = { OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc', OTEL_EXPORTER_OTLP_ENDPOINT: grpc.url };
    const { code, stderr } = await runTraced({ env, code: `${ONE_OF_EACH} process.exit(3);` });
    expect({ code, stderr }).toEqual({ code: 3, stderr: '' });
    expect([grpc.spans, grpc.metrics, grpc.logs].map(({ length }) => length)).toEqual([1, 1, 1]);
  });

  it('grpc to nobody holds up no end of a process, and one line tells what is lost', async () => {
    const env = { OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc', OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:1' };
    const { code, stderr } = await runTraced({ env, code: `${ONE_OF_EACH} process.exit(3);` });
    expect(code).toBe(3);
    expect(stderr).toMatch(/^flow: 1 span, .*lost on the way to http:\/\/127.0.0.1:1: [^\n]*ECONNREFUSED[^\n]*\n$/);
  });

  it('grpc delivers what was batched before an uncaught error, and what came before it', async () => {
    const env = {
      OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc',
      OTEL_EXPORTER_OTLP_ENDPOINT: grpc.url,
      OTEL_BSP_MAX_EXPORT_BATCH_SIZE: '1',
    };
    const code = `span('before'); setTimeout(() => { span('last'); throw new Error('end'); }, 300);`;
    const result = await runTraced({ env, code });
    expect(result.code).toBe(1);
    // One whose answer was on its way is sent again: at least once.
    expect(new Set(grpc.spans.map(({ name }) => name))).toEqual(new Set(['before', 'last']));
  });
});
