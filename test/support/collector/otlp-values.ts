// SPDX-License-Identifier: Apache-2.0
import { createRequire } from 'node:module';

/** A message of OTLP, as JSON or decoded from protobuf: the two differ in ids and in what is absent. */
export type Node = Readonly<Record<string, unknown>>;

/** Where a signal's messages come from: what process, and what part of it. */
export interface Origin {
  readonly resource: Readonly<Record<string, unknown>>;
  readonly scope: { readonly name: string; readonly version: string };
}

interface MessageType {
  decode(bytes: Uint8Array): Node;
  toObject(message: Node, options: object): Node;
}
interface GeneratedRoot {
  readonly opentelemetry: {
    readonly proto: {
      readonly collector: Readonly<Record<string, { readonly v1: Readonly<Record<string, MessageType>> }>>;
    };
  };
}

/** What a request body of this signal holds, with where each comes from; throws on bytes that are none. */
export function decodeRequest<T>(
  signal: 'trace' | 'metrics' | 'logs',
  { contentType, body }: { readonly contentType: string; readonly body: Buffer },
  decode: (message: Node, origin: Origin) => T,
): T[] {
  const json = contentType.startsWith('application/json');
  const request = json ? (JSON.parse(body.toString('utf8')) as Node) : decodeProtobuf(signal, body);
  const [resources, scopes, messages] = NAMES[signal];
  return list(request[resources]).flatMap((from) => {
    const resource = record(child(from, 'resource')['attributes']);
    return list(from[scopes]).flatMap((part) => {
      const { name, version } = child(part, 'scope');
      return list(part[messages]).map((message) =>
        decode(message, { resource, scope: { name: text(name), version: text(version) } }),
      );
    });
  });
}

const NAMES = {
  trace: ['resourceSpans', 'scopeSpans', 'spans'],
  metrics: ['resourceMetrics', 'scopeMetrics', 'metrics'],
  logs: ['resourceLogs', 'scopeLogs', 'logRecords'],
} as const;

function decodeProtobuf(signal: 'trace' | 'metrics' | 'logs', body: Buffer): Node {
  // The exporters' own package no longer decodes; this earlier release of it has the generated classes.
  const root = createRequire(import.meta.url)('otlp-decoder/build/src/generated/root') as GeneratedRoot;
  const name = `Export${signal.charAt(0).toUpperCase()}${signal.slice(1)}ServiceRequest`;
  const type = root.opentelemetry.proto.collector[signal]?.v1[name];
  if (type === undefined) throw new Error(`the decoder knows no ${name}`);
  return type.toObject(type.decode(body), { longs: String, bytes: Buffer });
}

/** A list of key-value pairs. */
export function record(pairs: unknown): Record<string, unknown> {
  return Object.fromEntries(list(pairs).map((pair) => [text(pair['key']), value(pair['value'] as Node | undefined)]));
}

/** An AnyValue. */
export function value(any: Node | undefined): unknown {
  const [kind, content] = Object.entries(any ?? {}).find(([, content]) => content != null) ?? [];
  if (kind === 'arrayValue') return list((content as Node)['values']).map(value);
  if (kind === 'kvlistValue') return record((content as Node)['values']);
  if (kind === 'intValue') return Number(content);
  if (kind === 'bytesValue') return typeof content === 'string' ? Buffer.from(content, 'base64') : content;
  return content;
}

/** A repeated field. */
export const list = (nodes: unknown): readonly Node[] => (nodes ?? []) as readonly Node[];
/** An embedded message. */
export const child = (node: Node, key: string): Node => (node[key] ?? {}) as Node;
/** A string, or a 64-bit number as one. */
export const text = (content: unknown): string => String(content ?? '');
/** A number of any width. */
export const number = (content: unknown): number => Number(content ?? 0);
/** Ids are bytes in protobuf and hex in JSON. */
export const hex = (id: unknown): string =>
  typeof id === 'string' ? id : Buffer.from((id ?? []) as Uint8Array).toString('hex');
