// SPDX-License-Identifier: Apache-2.0
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { HERE } from '../instrument/load.ts';

/** The package that brings what is rarely asked for: Prometheus, Zipkin, declarative configuration. */
const CARRIER = '@opentelemetry/sdk-node';
const require: NodeJS.Require = createRequire(HERE);

/** Loads a package that `@opentelemetry/sdk-node` depends on, whether or not it can be found from here. */
export function loadThrough<T>(specifier: string): T {
  return createRequire(require.resolve(CARRIER))(specifier) as T;
}

/**
 * Loads a file beside the main file of such a package, or of `@opentelemetry/sdk-node` itself: it has what the package does not
 * export. The version is pinned, and tests ask.
 */
export function loadFileThrough<T>(specifier: string, file: string): T {
  const carrier = require.resolve(CARRIER);
  const main = specifier === CARRIER ? carrier : createRequire(carrier).resolve(specifier);
  return require(join(dirname(main), file)) as T;
}

/** Loads a package that the application has installed; throws where it has not. */
export function loadFromApplication<T>(specifier: string): T {
  return createRequire(join(process.cwd(), 'index.js'))(specifier) as T;
}
