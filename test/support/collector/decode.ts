// SPDX-License-Identifier: Apache-2.0
import { child, decodeRequest, hex, list, type Node, number, type Origin, record, text } from './otlp-values.ts';

/** One span as it arrived, in plain values: 64-bit numbers as decimal strings, ids in hex, attributes as a record. */
export interface DecodedSpan {
  readonly traceId: string;
  readonly spanId: string;
  /** Empty for a root span. */
  readonly parentSpanId: string;
  readonly name: string;
  /** OTLP's number: 1 internal, 2 server, 3 client, 4 producer, 5 consumer. */
  readonly kind: number;
  readonly startTimeUnixNano: string;
  readonly endTimeUnixNano: string;
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly events: readonly DecodedEvent[];
  readonly links: readonly DecodedLink[];
  /** 0 unset, 1 ok, 2 error. */
  readonly status: { readonly code: number; readonly message: string };
  readonly droppedAttributesCount: number;
  readonly droppedEventsCount: number;
  readonly droppedLinksCount: number;
  readonly resource: Readonly<Record<string, unknown>>;
  readonly scope: { readonly name: string; readonly version: string };
}

export interface DecodedEvent {
  readonly name: string;
  readonly time: string;
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly droppedAttributesCount: number;
}

export interface DecodedLink {
  readonly traceId: string;
  readonly spanId: string;
  readonly attributes: Readonly<Record<string, unknown>>;
}

/** Decodes an export request; throws on bytes that are none. */
export function decodeTraces(contentType: string, body: Buffer): DecodedSpan[] {
  return decodeRequest('trace', { contentType, body }, decodeSpan);
}

function decodeSpan(span: Node, { resource, scope }: Origin): DecodedSpan {
  const status = child(span, 'status');
  return {
    traceId: hex(span['traceId']),
    spanId: hex(span['spanId']),
    parentSpanId: hex(span['parentSpanId']),
    name: text(span['name']),
    kind: number(span['kind']),
    startTimeUnixNano: text(span['startTimeUnixNano']),
    endTimeUnixNano: text(span['endTimeUnixNano']),
    attributes: record(span['attributes']),
    events: list(span['events']).map((event) => ({
      name: text(event['name']),
      time: text(event['timeUnixNano']),
      attributes: record(event['attributes']),
      droppedAttributesCount: number(event['droppedAttributesCount']),
    })),
    links: list(span['links']).map((link) => ({
      traceId: hex(link['traceId']),
      spanId: hex(link['spanId']),
      attributes: record(link['attributes']),
    })),
    status: { code: number(status['code']), message: text(status['message']) },
    droppedAttributesCount: number(span['droppedAttributesCount']),
    droppedEventsCount: number(span['droppedEventsCount']),
    droppedLinksCount: number(span['droppedLinksCount']),
    resource,
    scope,
  };
}
