// SPDX-License-Identifier: Apache-2.0
import type { Json } from './event.ts';

const MAX_DEPTH = 200;
/** Objects that one picture may hold: where objects refer to each other, the paths through them are without end. */
const MAX_OBJECTS = 100_000;

/**
 * A JSON-compatible picture of anything. Dates become ISO strings, BigInt decimal strings, Map an object (or pairs, when a key
 * is not a string), Set an array, Error its name, message, code, stack and cause, class instances their own members; binary data, functions
 * and symbols a short description; NaN and the infinities their names. A cycle, a throwing getter or too much depth becomes a
 * bracketed note in its place, and so does each object past the first 100,000. Every getter is read once. Never throws.
 */
export function project(value: unknown): Json {
  left = MAX_OBJECTS;
  return visit(value, new Set(), 0);
}

let left = 0;

function visit(value: unknown, open: Set<object>, depth: number): Json {
  switch (typeof value) {
    case 'string':
    case 'boolean':
      return value;
    case 'number':
      return Number.isFinite(value) ? value : String(value);
    case 'bigint':
      return value.toString();
    case 'undefined':
      return null;
    case 'symbol':
      return value.toString();
    case 'function':
      return note('Function', () => value.name);
    case 'object':
      return value === null ? null : visitOnce(value, open, depth);
  }
}

function visitOnce(value: object, open: Set<object>, depth: number): Json {
  if (open.has(value)) return '[Circular]';
  if (depth === MAX_DEPTH) return '[Too deep]';
  if (left <= 0) return '[Too large]';
  left--;
  open.add(value);
  try {
    return visitObject(value, (member) => visit(member, open, depth + 1));
  } catch (error) {
    return note('Unreadable', () => (error instanceof Error ? error.message : String(error)));
  } finally {
    open.delete(value);
  }
}

function note(kind: string, text: () => unknown): string {
  try {
    return `[${kind}: ${String(text())}]`;
  } catch {
    return `[${kind}]`;
  }
}

function visitObject(value: object, member: (value: unknown) => Json): Json {
  if (Array.isArray(value)) return visitArray(value, member);
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? 'Invalid Date' : value.toISOString();
  if (value instanceof Error) return visitError(value, member);
  if (value instanceof Map) {
    const entries = [...value];
    return entries.every(([key]) => typeof key === 'string')
      ? define(entries.map(([key, each]) => [key as string, member(each)]))
      : entries.map(([key, each]) => [member(key), member(each)]);
  }
  if (value instanceof Set) return [...value].map(member);
  if (value instanceof RegExp || value instanceof URL) return String(value);
  if (ArrayBuffer.isView(value) || value instanceof ArrayBuffer || value instanceof SharedArrayBuffer)
    return `[${value.constructor.name}: ${value.byteLength} bytes]`;
  if (value instanceof Promise || value instanceof WeakMap || value instanceof WeakSet || value instanceof WeakRef)
    return `[${value.constructor.name}]`;
  if (value instanceof String || value instanceof Number || value instanceof Boolean) return member(value.valueOf());
  const toJson = read(value, 'toJSON');
  if (typeof toJson.value === 'function') {
    const json: unknown = toJson.value.call(value);
    if (json !== value) return member(json);
  }
  return visitMembers(value, member);
}

function visitArray(value: readonly unknown[], member: (value: unknown) => Json): Json {
  // A sparse array may claim any length: past what is really there it is only described.
  if (value.length > 10_000 && Object.keys(value).length < value.length / 2)
    return `[Sparse array: ${value.length} items]`;
  return Array.from({ length: value.length }, (_, index) => readMember(value, index, member));
}

function visitError(error: Error, member: (value: unknown) => Json): Json {
  const entries: [string, Json][] = [];
  for (const key of ['name', 'message', 'code', 'status', 'stack', 'cause']) {
    const { value, failed } = read(error, key);
    if (failed !== undefined) entries.push([key, failed]);
    else if (value !== undefined) entries.push([key, member(value)]);
  }
  return define(entries);
}

function visitMembers(value: object, member: (value: unknown) => Json): Json {
  const entries: [string, Json][] = [];
  for (const key of Object.keys(value)) {
    const { value: each, failed } = read(value, key);
    if (failed !== undefined) entries.push([key, failed]);
    else if (each !== undefined) entries.push([key, member(each)]);
  }
  return define(entries);
}

function readMember(value: object, key: PropertyKey, member: (value: unknown) => Json): Json {
  const { value: each, failed } = read(value, key);
  return failed ?? member(each);
}

function read(value: object, key: PropertyKey): { value?: unknown; failed?: string } {
  try {
    return { value: (value as Record<PropertyKey, unknown>)[key] };
  } catch (error) {
    return { failed: note('Throws', () => (error instanceof Error ? error.message : error)) };
  }
}

// `__proto__` as a key must stay a key: plain assignment would set the prototype instead.
function define(entries: readonly (readonly [string, Json])[]): Json {
  const object: Record<string, Json> = {};
  for (const [key, value] of entries)
    if (key === '__proto__')
      Object.defineProperty(object, key, { value, enumerable: true, configurable: true, writable: true });
    else object[key] = value;
  return object;
}
