// SPDX-License-Identifier: Apache-2.0
import { decodeRequest, hex, type Node, number, type Origin, record, text, value } from './otlp-values.ts';

/** One log record as it arrived, in plain values. */
export interface DecodedLogRecord extends Origin {
  readonly eventName: string;
  readonly body: unknown;
  readonly severityNumber: number;
  readonly severityText: string;
  readonly timeUnixNano: string;
  /** Empty where it belongs to no span. */
  readonly traceId: string;
  readonly spanId: string;
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly droppedAttributesCount: number;
}

/** Decodes an export request; throws on bytes that are none. */
export function decodeLogs(contentType: string, body: Buffer): DecodedLogRecord[] {
  return decodeRequest('logs', { contentType, body }, decodeRecord);
}

function decodeRecord(node: Node, origin: Origin): DecodedLogRecord {
  return {
    ...origin,
    eventName: text(node['eventName']),
    body: value(node['body'] as Node | undefined),
    severityNumber: number(node['severityNumber']),
    severityText: text(node['severityText']),
    timeUnixNano: text(node['timeUnixNano']),
    traceId: hex(node['traceId']),
    spanId: hex(node['spanId']),
    attributes: record(node['attributes']),
    droppedAttributesCount: number(node['droppedAttributesCount']),
  };
}
