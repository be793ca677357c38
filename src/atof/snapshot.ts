// SPDX-License-Identifier: Apache-2.0
import type { Json } from './event.ts';
import { project } from './projection.ts';

const MAX_PLAIN_DEPTH = 100;
/** Objects that the walk looks at: past them nobody knows whether it ends, because objects may refer to each other. */
const MAX_PLAIN_OBJECTS = 1_000_000;

/**
 * The value as JSON text, taken now: what happens to the value later never shows. Undefined for undefined and null.
 * Never throws, whatever the value is, and never changes it. Plain data costs one walk and one `JSON.stringify`; anything that
 * JSON would lose, change or refuse (Map, Error, BigInt, NaN, cycles, throwing getters, …) goes through {@link project}.
 */
export function snapshot(value: unknown): string | undefined {
  if (value === undefined || value === null) return undefined;
  try {
    left = MAX_PLAIN_OBJECTS;
    if (isPlain(value, 0)) return JSON.stringify(value);
  } catch {
    // A getter or a proxy threw; the projection guards each read.
  }
  try {
    return JSON.stringify(project(value));
  } catch {
    // The text would be longer than a string can be.
    return '"[Too large]"';
  }
}

/** The value as {@link snapshot} would have it read back, for somebody who may change it: a copy of its own. Undefined reads as null. */
export function copyOf(value: unknown): Json {
  return copyWithSize(value).copy;
}

/** {@link copyOf}, and about how many characters it would be as text. */
export function copyWithSize(value: unknown): { readonly copy: Json; readonly size: number } {
  try {
    left = MAX_PLAIN_OBJECTS;
    size = 0;
    const copy = copyPlain(value, 0);
    if (copy !== undefined) return { copy, size };
  } catch {
    // As above.
  }
  const text = snapshot(value) ?? 'null';
  return { copy: JSON.parse(text) as Json, size: text.length };
}

let left = 0;
/** Of what `copyPlain` has copied: quotes, commas and such are a guess. */
let size = 0;
const PER_VALUE = 8;

function isPlain(value: unknown, depth: number): boolean {
  switch (typeof value) {
    case 'string':
    case 'boolean':
      return true;
    case 'number':
      return Number.isFinite(value);
    case 'object':
      return value === null || isPlainObject(value, depth);
    default:
      return false;
  }
}

// Most members are text: those cost no call of their own.
function isPlainObject(value: object, depth: number): boolean {
  if (depth === MAX_PLAIN_DEPTH || left-- <= 0) return false;
  if (Array.isArray(value)) {
    for (let i = 0; i < value.length; i++) {
      const item: unknown = value[i];
      if (typeof item !== 'string' && !isPlain(item, depth + 1)) return false;
    }
    return true;
  }
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) return false;
  for (const key in value) {
    const member = (value as Record<string, unknown>)[key];
    // JSON.stringify leaves undefined members out, which is what the projection does too.
    if (typeof member !== 'string' && member !== undefined && !isPlain(member, depth + 1)) return false;
  }
  return true;
}

// What `isPlain` takes, copied on the way; undefined for anything else.
function copyPlain(value: unknown, depth: number): Json | undefined {
  size += typeof value === 'string' ? value.length + PER_VALUE : PER_VALUE;
  // JSON has one zero.
  if (typeof value === 'number') return Number.isFinite(value) ? value + 0 : undefined;
  if (typeof value !== 'object' || value === null) return isPlain(value, depth) ? (value as Json) : undefined;
  if (depth === MAX_PLAIN_DEPTH || left-- <= 0) return undefined;
  if (Array.isArray(value)) {
    const items: Json[] = [];
    for (let i = 0; i < value.length; i++) {
      const item = copyPlain(value[i], depth + 1);
      if (item === undefined) return undefined;
      items.push(item);
    }
    return items;
  }
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) return undefined;
  const copy: Record<string, Json> = {};
  for (const key in value) {
    const member = (value as Record<string, unknown>)[key];
    if (member === undefined) continue;
    const copied = copyPlain(member, depth + 1);
    size += key.length;
    // To assign that one would set the prototype.
    if (copied === undefined || key === '__proto__') return undefined;
    copy[key] = copied;
  }
  return copy;
}
