// SPDX-License-Identifier: Apache-2.0
import type { DecodedSpan } from '../collector/index.ts';

/** Whether Flow made the span itself, not an instrumentation of OpenTelemetry's that it started. */
export const isOurs = ({ scope }: DecodedSpan): boolean => !scope.name.startsWith('@opentelemetry/');

/** Spans of Flow in the order in which they began, each beneath the nearest of them: those of requests come between. */
export function spanTree(spans: readonly DecodedSpan[]): readonly object[] {
  const byId = new Map(spans.map((span) => [span.spanId, span]));
  const parentOf = (span: DecodedSpan): DecodedSpan | undefined => {
    const parent = byId.get(span.parentSpanId ?? '');
    return parent === undefined || isOurs(parent) ? parent : parentOf(parent);
  };
  return spans
    .filter(isOurs)
    .toSorted((a, b) => (BigInt(a.startTimeUnixNano) < BigInt(b.startTimeUnixNano) ? -1 : 1))
    .map((span) => {
      const { name, kind, status, attributes, traceId, spanId } = span;
      return { name, kind, traceId, spanId, parent: parentOf(span)?.spanId ?? null, status, attributes };
    });
}

/** The names of the spans, each in those around it. */
export function outline(spans: readonly DecodedSpan[], parent = '', indent = ''): readonly string[] {
  return spans
    .filter(({ parentSpanId }) => parentSpanId === parent)
    .flatMap(({ name, spanId }) => [indent + name, ...outline(spans, spanId, `${indent}  `)]);
}
