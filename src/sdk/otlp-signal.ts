// SPDX-License-Identifier: Apache-2.0
import type * as Transformer from '@opentelemetry/otlp-transformer';
import type { ReadableLogRecord } from '@opentelemetry/sdk-logs';
import type { ResourceMetrics } from '@opentelemetry/sdk-metrics';
import type { ReadableSpan } from '@opentelemetry/sdk-trace';

/** How a signal is spelled in `OTEL_EXPORTER_OTLP_TRACES_…` and, in lower case, in the path `/v1/traces`. */
export type SignalName = 'TRACES' | 'METRICS' | 'LOGS';

/** What differs between the kinds of telemetry on their way to an OTLP receiver. */
export interface OtlpSignal<T> {
  readonly name: SignalName;
  /** For messages: one of what an item counts, and several. */
  readonly nouns: readonly [string, string];
  /** The setting to name where the queue is full. */
  readonly queueSetting: string;
  readonly count: (item: T) => number;
  readonly createSerializer: (transformer: typeof Transformer, json: boolean) => Serializer<T>;
}

/** Request bodies and what the answers say was refused. Both throw on what they cannot read. */
export interface Serializer<T> {
  serialize(items: readonly T[]): Uint8Array | undefined;
  partialSuccess(answer: Uint8Array): { readonly rejected: unknown; readonly message: string };
}

/** Spans. */
export const TRACES: OtlpSignal<ReadableSpan> = {
  name: 'TRACES',
  nouns: ['span', 'spans'],
  queueSetting: 'OTEL_BSP_MAX_QUEUE_SIZE',
  count: () => 1,
  createSerializer({ JsonTraceSerializer, ProtobufTraceSerializer }, json) {
    const serializer = json ? JsonTraceSerializer : ProtobufTraceSerializer;
    return {
      serialize: (spans) => serializer.serializeRequest([...spans]),
      partialSuccess(answer) {
        const { rejectedSpans, errorMessage = '' } = serializer.deserializeResponse(answer).partialSuccess ?? {};
        return { rejected: rejectedSpans, message: errorMessage };
      },
    };
  },
};

/** Log records. */
export const LOGS: OtlpSignal<ReadableLogRecord> = {
  name: 'LOGS',
  nouns: ['log record', 'log records'],
  queueSetting: 'OTEL_BLRP_MAX_QUEUE_SIZE',
  count: () => 1,
  createSerializer({ JsonLogsSerializer, ProtobufLogsSerializer }, json) {
    const serializer = json ? JsonLogsSerializer : ProtobufLogsSerializer;
    return {
      serialize: (records) => serializer.serializeRequest([...records]),
      partialSuccess(answer) {
        const { rejectedLogRecords, errorMessage = '' } = serializer.deserializeResponse(answer).partialSuccess ?? {};
        return { rejected: rejectedLogRecords, message: errorMessage };
      },
    };
  },
};

/** Collections of metrics. A request holds one of them; what is counted is data points. */
export const METRICS: OtlpSignal<ResourceMetrics> = {
  name: 'METRICS',
  nouns: ['metric data point', 'metric data points'],
  queueSetting: 'OTEL_METRIC_EXPORT_INTERVAL',
  count: ({ scopeMetrics }) =>
    scopeMetrics.flatMap(({ metrics }) => metrics).reduce((points, { dataPoints: { length } }) => points + length, 0),
  createSerializer({ JsonMetricsSerializer, ProtobufMetricsSerializer }, json) {
    const serializer = json ? JsonMetricsSerializer : ProtobufMetricsSerializer;
    return {
      serialize: ([metrics]) => metrics && serializer.serializeRequest(metrics),
      partialSuccess(answer) {
        const { rejectedDataPoints, errorMessage = '' } = serializer.deserializeResponse(answer).partialSuccess ?? {};
        return { rejected: rejectedDataPoints, message: errorMessage };
      },
    };
  },
};
