// SPDX-License-Identifier: Apache-2.0
import {
  type Baggage,
  type SpanContext,
  TraceFlags,
  createTraceState,
  isSpanContextValid,
  propagation,
} from '@opentelemetry/api';

// For processes in which nobody has registered a propagator: the formats of https://www.w3.org/TR/trace-context/ and /baggage/.

const TRACEPARENT = /^(?!ff)[\da-f]{2}-([\da-f]{32})-([\da-f]{16})-([\da-f]{2})(?:-.*)?$/;

/** The header `traceparent` of a span; undefined where there is no trace. */
export function printTraceparent(span: SpanContext | undefined): string | undefined {
  if (span === undefined || !isSpanContextValid(span)) return undefined;
  const flags = (span.traceFlags & 0xff).toString(16).padStart(2, '0');
  return `00-${span.traceId}-${span.spanId}-${flags}`;
}

/** The span that the headers name, or undefined where they name none. */
export function parseTraceparent(
  traceparent: string | undefined,
  tracestate: string | undefined,
): SpanContext | undefined {
  const [, traceId, spanId, flags] = TRACEPARENT.exec(traceparent?.trim() ?? '') ?? [];
  if (traceId === undefined || spanId === undefined || flags === undefined) return undefined;
  const span: SpanContext = {
    traceId,
    spanId,
    traceFlags: Number.parseInt(flags, 16) & TraceFlags.SAMPLED,
    isRemote: true,
    ...(tracestate === undefined ? {} : { traceState: createTraceState(tracestate) }),
  };
  return isSpanContextValid(span) ? span : undefined;
}

/** The header `baggage`; undefined where there is none. */
export function printBaggage(baggage: Baggage): string | undefined {
  const members = baggage.getAllEntries().map(([key, { value }]) => `${key}=${encodeURIComponent(value)}`);
  return members.length === 0 ? undefined : members.join(',');
}

/** The members of a header `baggage`; what is no member is left out. */
export function parseBaggage(header: string | undefined): Baggage {
  const entries = new Map<string, { value: string }>();
  for (const member of header?.split(',') ?? []) {
    const [pair = ''] = member.split(';', 1);
    const at = pair.indexOf('=');
    if (at < 1) continue;
    try {
      entries.set(pair.slice(0, at).trim(), { value: decodeURIComponent(pair.slice(at + 1).trim()) });
    } catch {
      // Half an escape: no member.
    }
  }
  return propagation.createBaggage(Object.fromEntries(entries));
}
