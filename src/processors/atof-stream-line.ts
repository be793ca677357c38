// SPDX-License-Identifier: Apache-2.0
import type { Json } from '../atof/event.ts';
import type { EventRecord } from '../atof/record.ts';

/** How events are printed for a receiver. */
export interface LineOptions {
  /** Payloads, and what annotates them. */
  readonly content: boolean;
  /** Keys of `data` and `metadata`, at any depth: as they are, or with underscores for dots, for stores that read dots as paths. */
  readonly fieldNamePolicy: 'preserve' | 'replace_dots';
}

/** The event as one line of ATOF 0.1, without a line break. */
export function streamLine(event: EventRecord, { content, fieldNamePolicy }: LineOptions): string {
  const line = content ? event.line() : withoutContent(event);
  if (fieldNamePolicy === 'preserve') return line;
  const { data, metadata, ...rest } = JSON.parse(line) as { readonly [key: string]: Json };
  return JSON.stringify({ ...rest, data: withoutDots(data as Json), metadata: withoutDots(metadata as Json) });
}

function withoutContent(event: EventRecord): string {
  const parent = event.parent_uuid === null ? 'null' : `"${event.parent_uuid}"`;
  return `{"uuid":"${event.uuid}","parent_uuid":${parent},"data":null,${event.envelope(false).slice(1)}`;
}

function withoutDots(value: Json): Json {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(withoutDots);
  const object = value as { readonly [key: string]: Json };
  const entries = Object.entries(object).map(([key, each]) => [renamed(key, object), withoutDots(each)] as const);
  // Unlike assignment, this keeps `__proto__` a key.
  return Object.fromEntries(entries);
}

// Neither of `a.b` and `a_b` may take the place of the other.
function renamed(key: string, among: object): string {
  if (!key.includes('.')) return key;
  let name = key.replaceAll('.', '_');
  while (Object.hasOwn(among, name)) name += '_';
  return name;
}
