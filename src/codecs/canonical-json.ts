// SPDX-License-Identifier: Apache-2.0
import { isObject } from './read.ts';

/** JSON text that is the same for equal values whatever the order of their keys. Undefined fields count as absent. */
export function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`;
  if (!isObject(value)) return JSON.stringify(value) ?? 'null';
  const fields = Object.keys(value)
    .filter((key) => value[key] !== undefined)
    .toSorted()
    .map((key) => `${JSON.stringify(key)}:${canonicalJson(value[key])}`);
  return `{${fields.join(',')}}`;
}

/** Whether two values say the same in JSON. Cheap where they are the same object. */
export function sameJson(a: unknown, b: unknown): boolean {
  if (Object.is(a, b)) return true;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return a === b;
  if (Array.isArray(a)) {
    return Array.isArray(b) && a.length === b.length && a.every((item, index) => sameJson(item, b[index]));
  }
  if (!isObject(a) || !isObject(b)) return false;
  const present = Object.keys(a).filter((key) => a[key] !== undefined);
  if (present.length !== Object.keys(b).filter((key) => b[key] !== undefined).length) return false;
  return present.every((key) => Object.hasOwn(b, key) && sameJson(a[key], b[key]));
}
