// SPDX-License-Identifier: Apache-2.0
import { type handleUnaryCall, Metadata, Server, ServerCredentials, type ServiceDefinition } from '@grpc/grpc-js';

import { decodeLogs, type DecodedLogRecord } from './decode-logs.ts';
import { decodeMetrics, type DecodedMetric } from './decode-metrics.ts';
import { decodeTraces, type DecodedSpan } from './decode.ts';
import type { ServerTls } from './server-tls.ts';

export interface GrpcCollectorOptions {
  readonly tls?: ServerTls;
  /** Status of each answer, one per request with the last repeated: gRPC's numbers, 0 is OK. */
  readonly status?: readonly number[];
  /** Trailers of answers with another status than 0. */
  readonly trailers?: Readonly<Record<string, string | Buffer>>;
  /** Answers as it is: an encoded `Export…ServiceResponse`. */
  readonly answer?: Buffer;
}

/** An OTLP receiver over gRPC on an ephemeral port of the loopback interface, made of the library that real ones use. */
export interface GrpcCollector {
  /** For `OTEL_EXPORTER_OTLP_ENDPOINT`. */
  readonly url: string;
  readonly spans: readonly DecodedSpan[];
  readonly metrics: readonly DecodedMetric[];
  readonly logs: readonly DecodedLogRecord[];
  readonly requests: readonly { readonly path: string; readonly headers: Readonly<Record<string, unknown>> }[];
  close(): Promise<void>;
}

const SERVICES = {
  trace: '/opentelemetry.proto.collector.trace.v1.TraceService/Export',
  metrics: '/opentelemetry.proto.collector.metrics.v1.MetricsService/Export',
  logs: '/opentelemetry.proto.collector.logs.v1.LogsService/Export',
};

export async function startGrpcCollector(options: GrpcCollectorOptions = {}): Promise<GrpcCollector> {
  const { tls, status = [0], answer = Buffer.alloc(0) } = options;
  const spans: DecodedSpan[] = [];
  const metrics: DecodedMetric[] = [];
  const logs: DecodedLogRecord[] = [];
  const requests: { path: string; headers: Record<string, unknown> }[] = [];
  const server = new Server();
  const take = (path: string, store: (body: Buffer) => void): handleUnaryCall<Buffer, Buffer> =>
    function (call, callback) {
      requests.push({ path, headers: call.metadata.getMap() });
      const code = status[Math.min(requests.length, status.length) - 1] ?? 0;
      if (code === 0) store(call.request);
      const metadata = new Metadata();
      for (const [name, value] of Object.entries(options.trailers ?? {})) metadata.set(name, value);
      if (code === 0) callback(null, answer);
      else callback({ code, details: 'not now, schön', metadata });
    };
  const type = 'application/x-protobuf';
  const stores: Record<keyof typeof SERVICES, (body: Buffer) => void> = {
    trace: (body) => spans.push(...decodeTraces(type, body)),
    metrics: (body) => metrics.push(...decodeMetrics(type, body)),
    logs: (body) => logs.push(...decodeLogs(type, body)),
  };
  for (const [signal, path] of Object.entries(SERVICES)) {
    server.addService(definition(path), { Export: take(path, stores[signal as keyof typeof SERVICES]) });
  }
  const credentials =
    tls === undefined
      ? ServerCredentials.createInsecure()
      : ServerCredentials.createSsl(
          tls.clientCa === undefined ? null : Buffer.from(tls.clientCa),
          [{ cert_chain: Buffer.from(tls.cert), private_key: Buffer.from(tls.key) }],
          tls.clientCa !== undefined,
        );
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync('127.0.0.1:0', credentials, (error, bound) => (error ? reject(error) : resolve(bound)));
  });
  return {
    url: `${tls === undefined ? 'http' : 'https'}://localhost:${port}`,
    spans,
    metrics,
    logs,
    requests,
    close: async () => server.forceShutdown(),
  };
}

/** One method that takes and gives bytes as they are. */
function definition(path: string): ServiceDefinition {
  const same = (bytes: Buffer): Buffer => bytes;
  return {
    Export: {
      path,
      requestStream: false,
      responseStream: false,
      requestSerialize: same,
      requestDeserialize: same,
      responseSerialize: same,
      responseDeserialize: same,
    },
  };
}
