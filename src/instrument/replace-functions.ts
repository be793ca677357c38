// SPDX-License-Identifier: Apache-2.0
import type { Method } from './patch-method.ts';
import { replaceExports } from './replace-exports.ts';

const PATCHED = Symbol.for('flow.patched');

/** What a file of a package exports, where its own modules import it from there: other functions in the place of these, once. Those that it does not have are left out. */
export function replaceFunctions(exports: object, table: Readonly<Record<string, (original: Method) => Method>>): void {
  for (const [name, around] of Object.entries(table)) {
    const original: unknown = Reflect.get(exports, name);
    if (typeof original !== 'function' || isReplaced(original)) continue;
    const value = Object.defineProperties(around(original as Method), {
      [PATCHED]: { value: true },
      name: { value: name },
      length: { value: original.length },
    });
    replaceExports(exports, { [name]: value });
  }
}

/** Whether a function is one that we have put in its place. */
export function isReplaced(fn: unknown): boolean {
  return typeof fn === 'function' && (fn as { [PATCHED]?: boolean })[PATCHED] === true;
}
