// SPDX-License-Identifier: Apache-2.0
import { child, decodeRequest, list, type Node, number, type Origin, record, text } from './otlp-values.ts';

/** One metric of one collection as it arrived, in plain values. */
export interface DecodedMetric extends Origin {
  readonly name: string;
  readonly description: string;
  readonly unit: string;
  readonly kind: 'sum' | 'gauge' | 'histogram' | 'exponentialHistogram';
  /** A gauge has none. */
  readonly temporality: 'delta' | 'cumulative' | undefined;
  /** Of sums only. */
  readonly monotonic: boolean;
  readonly points: readonly DecodedPoint[];
}

export interface DecodedPoint {
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly startTimeUnixNano: string;
  readonly timeUnixNano: string;
  /** Of sums and gauges; for histograms the sum of what was recorded. */
  readonly value: number;
  /** Of histograms: how many values, and how many in each bucket. */
  readonly count: number;
  readonly bounds: readonly number[];
  readonly buckets: readonly number[];
}

const KINDS = ['sum', 'gauge', 'histogram', 'exponentialHistogram'] as const;
const TEMPORALITIES = [undefined, 'delta', 'cumulative'] as const;

/** Decodes an export request; throws on bytes that are none. */
export function decodeMetrics(contentType: string, body: Buffer): DecodedMetric[] {
  return decodeRequest('metrics', { contentType, body }, decodeMetric);
}

function decodeMetric(node: Node, origin: Origin): DecodedMetric {
  const kind = KINDS.find((name) => node[name] != null) ?? 'gauge';
  const data = child(node, kind);
  return {
    ...origin,
    name: text(node['name']),
    description: text(node['description']),
    unit: text(node['unit']),
    kind,
    temporality: TEMPORALITIES[number(data['aggregationTemporality'])],
    monotonic: data['isMonotonic'] === true,
    points: list(data['dataPoints']).map(decodePoint),
  };
}

function decodePoint(point: Node): DecodedPoint {
  return {
    attributes: record(point['attributes']),
    startTimeUnixNano: text(point['startTimeUnixNano']),
    timeUnixNano: text(point['timeUnixNano']),
    value: number(point['asDouble'] ?? point['asInt'] ?? point['sum']),
    count: number(point['count']),
    bounds: numbers(point['explicitBounds']),
    buckets: numbers(point['bucketCounts'] ?? child(point, 'positive')['bucketCounts']),
  };
}

const numbers = (values: unknown): readonly number[] => ((values ?? []) as readonly unknown[]).map(Number);
