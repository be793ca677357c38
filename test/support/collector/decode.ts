// SPDX-License-Identifier: Apache-2.0
import { createRequire } from 'node:module';

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

type Node = Readonly<Record<string, unknown>>;
interface MessageType {
  decode(bytes: Uint8Array): Node;
  toObject(message: Node, options: object): Node;
}
interface GeneratedRoot {
  readonly opentelemetry: {
    readonly proto: {
      readonly collector: { readonly trace: { readonly v1: { readonly ExportTraceServiceRequest: MessageType } } };
    };
  };
}

/** Decodes an export request; throws on bytes that are none. */
export function decodeTraces(contentType: string, body: Buffer): DecodedSpan[] {
  const request = contentType.startsWith('application/json')
    ? (JSON.parse(body.toString('utf8')) as Node)
    : decodeProtobuf(body);
  return list(request['resourceSpans']).flatMap((resourceSpans) => {
    const resource = record(child(resourceSpans, 'resource')['attributes']);
    return list(resourceSpans['scopeSpans']).flatMap((scopeSpans) => {
      const scope = child(scopeSpans, 'scope');
      const from = { name: text(scope['name']), version: text(scope['version']) };
      return list(scopeSpans['spans']).map((span) => decodeSpan(span, resource, from));
    });
  });
}

function decodeProtobuf(body: Buffer): Node {
  // The exporters' own package no longer decodes; this earlier release of it has the generated classes.
  const root = createRequire(import.meta.url)('otlp-decoder/build/src/generated/root') as GeneratedRoot;
  const type = root.opentelemetry.proto.collector.trace.v1.ExportTraceServiceRequest;
  return type.toObject(type.decode(body), { longs: String, bytes: Buffer });
}

function decodeSpan(span: Node, resource: DecodedSpan['resource'], scope: DecodedSpan['scope']): DecodedSpan {
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

function record(pairs: unknown): Record<string, unknown> {
  return Object.fromEntries(list(pairs).map((pair) => [text(pair['key']), value(pair['value'] as Node | undefined)]));
}

function value(any: Node | undefined): unknown {
  const [kind, content] = Object.entries(any ?? {}).find(([, content]) => content != null) ?? [];
  if (kind === 'arrayValue') return list((content as Node)['values']).map(value);
  if (kind === 'kvlistValue') return record((content as Node)['values']);
  if (kind === 'intValue') return Number(content);
  if (kind === 'bytesValue') return typeof content === 'string' ? Buffer.from(content, 'base64') : content;
  return content;
}

const list = (nodes: unknown): readonly Node[] => (nodes ?? []) as readonly Node[];
const child = (node: Node, key: string): Node => (node[key] ?? {}) as Node;
const text = (content: unknown): string => String(content ?? '');
const number = (content: unknown): number => Number(content ?? 0);
/** Ids are bytes in protobuf and hex in JSON. */
const hex = (id: unknown): string =>
  typeof id === 'string' ? id : Buffer.from((id ?? []) as Uint8Array).toString('hex');
