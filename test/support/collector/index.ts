// SPDX-License-Identifier: Apache-2.0
export type { DecodedLogRecord } from './decode-logs.ts';
export type { DecodedMetric, DecodedPoint } from './decode-metrics.ts';
export type { DecodedEvent, DecodedLink, DecodedSpan } from './decode.ts';
export { type GrpcCollector, type GrpcCollectorOptions, startGrpcCollector } from './grpc.ts';
export type { ServerTls } from './server-tls.ts';
export { startCollector, type Collector, type CollectorOptions, type CollectorRequest } from './start.ts';
