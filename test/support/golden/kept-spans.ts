// SPDX-License-Identifier: Apache-2.0
import type { DecodedSpan } from '../collector/index.ts';
import type { RecordedEvent } from './recorded-files.ts';

/** The spans of these events, in the order in which they began. */
export function spansOf(events: readonly RecordedEvent[], spans: readonly DecodedSpan[]): readonly DecodedSpan[] {
  const kept = new Set(events.map(({ metadata }) => metadata?.['span_id']));
  return spans
    .filter(({ spanId }) => kept.has(spanId))
    .toSorted((a, b) => (BigInt(a.startTimeUnixNano) < BigInt(b.startTimeUnixNano) ? -1 : 1));
}

/** What golden files tell of spans whose parents are as they were exported. */
export function toldOf(spans: readonly DecodedSpan[]): readonly object[] {
  return spans.map(({ name, kind, status, attributes, traceId, spanId, parentSpanId: parent }) => {
    return { name, kind, traceId, spanId, parent, status, attributes };
  });
}
