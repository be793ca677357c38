// SPDX-License-Identifier: Apache-2.0
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { bundled } from './bundled.ts';

/** Where our files are. A bundler that makes CommonJS of them leaves no such address; whoever asks then finds what the application has installed. */
export const HERE: string =
  (import.meta.url as string | undefined) ?? pathToFileURL(join(process.cwd(), 'bundle.js')).href;

const require: NodeJS.Require = createRequire(HERE);

/**
 * Loads a package, synchronously: when `--import` has evaluated our module, everything must be in force, so nothing on that
 * path may await. The caller names the type: `load<typeof import('x')>('x')`. Packages with two builds give the CommonJS one,
 * and those that the build bundles come out of its chunk.
 * A relative specifier starts at this file, in the sources and in `dist/esm` alike: `../../package.json` is ours.
 */
export function load<T>(specifier: string): T {
  const [chunk, name] = bundled[specifier] ?? [];
  if (chunk === undefined || name === undefined) return loadFile(specifier) as T;
  return (loadFile(chunk) as Record<string, unknown>)[name] as T;
}

const loaded = new Map<string, unknown>();

function loadFile(specifier: string): unknown {
  try {
    // Asked once: whoever has it need not find it again, under a runner of tests that has taken `require` away.
    if (!loaded.has(specifier)) loaded.set(specifier, require(specifier));
    return loaded.get(specifier);
  } catch (cause) {
    const isOurs =
      specifier.startsWith('.') && (cause as NodeJS.ErrnoException | undefined)?.code === 'MODULE_NOT_FOUND';
    if (!isOurs) throw cause;
    const external = 'for example by esbuild --external:@flow/register, and install it beside the bundle';
    throw new Error(
      `@flow/register has no ${specifier}: it was replaced under the running application, then restart it; or bundled, then keep it external, ${external}`,
      { cause },
    );
  }
}
