// SPDX-License-Identifier: Apache-2.0
export type { DecodedLogRecord } from './decode-logs.ts';
export type { DecodedMetric, DecodedPoint } from './decode-metrics.ts';
export type { DecodedEvent, DecodedLink, DecodedSpan } from './decode.ts';
export { startCollector, type Collector, type CollectorOptions, type CollectorRequest } from './start.ts';
