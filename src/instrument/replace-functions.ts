// SPDX-License-Identifier: Apache-2.0
import { replaceExports } from './replace-exports.ts';
import { type Method, isReplacement, replacementOf } from './replacement.ts';

/** What a file of a package exports, where its own modules import it from there: other functions in the place of these, once. Those that it does not have are left out. */
export function replaceFunctions(exports: object, table: Readonly<Record<string, (original: Method) => Method>>): void {
  for (const [name, around] of Object.entries(table)) {
    const original: unknown = Reflect.get(exports, name);
    if (typeof original === 'function' && !isReplacement(original))
      replaceExports(exports, { [name]: replacementOf(original as Method, around) });
  }
}
