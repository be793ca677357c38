// SPDX-License-Identifier: Apache-2.0
/* oxlint-disable typescript/no-explicit-any -- handles a foreign SDK's functions */

/** By which every copy of Flow in a process knows a function that one of them has put in the place of another. */
const PATCHED = Symbol.for('flow.patched');

export type Method = (...args: any[]) => any;

/** Whether a function is one that stands in the place of another. */
export function isReplacement(fn: unknown): boolean {
  return typeof fn === 'function' && (fn as { readonly [PATCHED]?: boolean })[PATCHED] === true;
}

/** What `around` makes of the function, under its name and with its length; a function that is a replacement already stays as it is. */
export function replacementOf(original: Method, around: (original: Method) => Method): Method {
  if (isReplacement(original)) return original;
  return Object.defineProperties(around(original), {
    [PATCHED]: { value: true },
    name: { value: original.name },
    length: { value: original.length },
  });
}
