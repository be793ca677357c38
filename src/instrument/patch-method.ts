// SPDX-License-Identifier: Apache-2.0
/* oxlint-disable typescript/no-explicit-any -- handles a foreign SDK's private objects */
import { type Method, isReplacement, replacementOf } from './replacement.ts';

/** Puts another function in the place of a class's method, or of the class above that has it; once. False where there is no such method. */
export function patchMethod(Class: any, name: PropertyKey, around: (original: Method) => Method): boolean {
  return patchMember(Class?.prototype, name, around);
}

/** The same of an object's own method, such as a static one of a class. */
export function patchMember(owner: any, name: PropertyKey, around: (original: Method) => Method): boolean {
  let at = owner;
  while (at && !Object.hasOwn(at, name)) at = Object.getPrototypeOf(at);
  const original = at?.[name];
  if (typeof original !== 'function') return false;
  if (isReplacement(original)) return true;
  const value = replacementOf(original, around);
  return Reflect.defineProperty(at, name, { value, writable: true, configurable: true, enumerable: false });
}
