// SPDX-License-Identifier: Apache-2.0
/* oxlint-disable typescript/no-explicit-any -- handles a foreign SDK's private objects */

const PATCHED = Symbol.for('flow.patched');

export type Method = (...args: any[]) => any;

/** Puts another function in the place of a class's method, or of the class above that has it; once. False where there is no such method. */
export function patchMethod(Class: any, name: PropertyKey, around: (original: Method) => Method): boolean {
  let prototype = Class?.prototype;
  while (prototype && !Object.hasOwn(prototype, name)) prototype = Object.getPrototypeOf(prototype);
  const original = prototype?.[name];
  if (typeof original !== 'function') return false;
  if (original[PATCHED]) return true;
  const value = Object.defineProperties(around(original), {
    [PATCHED]: { value: true },
    name: { value: original.name },
    length: { value: original.length },
  });
  return Reflect.defineProperty(prototype, name, { value, writable: true, configurable: true, enumerable: false });
}
