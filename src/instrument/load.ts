// SPDX-License-Identifier: Apache-2.0
import { createRequire } from 'node:module';

const require: NodeJS.Require = createRequire(import.meta.url);

/**
 * Loads a package, synchronously: when `--import` has evaluated our module, everything must be in force, so nothing on that
 * path may await. The caller names the type: `load<typeof import('x')>('x')`. Packages with two builds give the CommonJS one.
 * A relative specifier starts at this file, in the sources and in `dist/esm` alike: `../../package.json` is ours.
 */
export function load<T>(specifier: string): T {
  return require(specifier) as T;
}
