// SPDX-License-Identifier: Apache-2.0
import type { Json, JsonObject } from '../atof/event.ts';

/** Whether the value is an object with named fields: not null, not a list. */
export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The value if it is a string. */
export function stringOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

/** The value if it is a finite number. */
export function numberOf(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isFinite(value) ? value : undefined;
}

/** The value if it is a boolean. */
export function booleanOf(value: unknown): boolean | undefined {
  return typeof value === 'boolean' ? value : undefined;
}

/** The value if it is a list, else an empty one. */
export function listOf(value: unknown): readonly Json[] {
  return Array.isArray(value) ? value : [];
}

/** The field of a value that may be anything; undefined where it is absent or null. */
export function field(value: unknown, name: string): Json | undefined {
  return isObject(value) ? (value[name] ?? undefined) : undefined;
}

/** The fields that a decoder did not read, or undefined when there are none. */
export function restOf(value: JsonObject, read: ReadonlySet<string>): JsonObject | undefined {
  let rest: [string, Json][] | undefined;
  for (const name of Object.keys(value)) {
    const content = value[name];
    if (content !== undefined && !read.has(name)) (rest ??= []).push([name, content]);
  }
  return rest && Object.fromEntries(rest);
}

/** The same fields, of which any may be missing that is optional: what {@link defined} is given. */
export type MaybeUndefined<T> = { [K in keyof T]: object extends Pick<T, K> ? T[K] | undefined : T[K] };

/** The same fields without those that are undefined: absent means unknown in all our shapes. */
export function defined<T extends object>(fields: MaybeUndefined<T>): T {
  const present: Record<string, unknown> = {};
  for (const key in fields) if (fields[key] !== undefined) present[key] = fields[key];
  return present as T;
}

/** The result of a decoder, or undefined where foreign objects (getters, proxies, cycles) made it throw. */
export function tolerant<T>(decode: (value: unknown) => T | undefined): (value: unknown) => T | undefined {
  return (value) => {
    try {
      return decode(value);
    } catch {
      return undefined;
    }
  };
}

/** A copy of JSON that nobody else holds. Bytes, which SDKs have in the place of base64 text, stay the same. */
export function copyOf<T extends Json | undefined>(value: T): T {
  if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value)) return value;
  if (Array.isArray(value)) return value.map(copyOf) as unknown as T;
  const copy: Record<string, Json> = {};
  for (const name in value) copy[name] = copyOf((value as JsonObject)[name] as Json);
  return copy as T;
}
