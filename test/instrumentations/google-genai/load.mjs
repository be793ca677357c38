// SPDX-License-Identifier: Apache-2.0
import { createRequire } from 'node:module';

/** The SDK as an application loads it, as ES module or as CommonJS; or an entry of it. */
export function load(format, entry = '@google/genai') {
  return format === 'cjs' ? createRequire(import.meta.url)(entry) : import(entry);
}
