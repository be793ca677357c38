// SPDX-License-Identifier: Apache-2.0
import type nodeModule from 'node:module';
import { pathToFileURL } from 'node:url';

type Resolve = Parameters<nodeModule.ResolveHookSync>[2];
type Context = Parameters<nodeModule.ResolveHookSync>[1];

/** An import as the loader hooks know it. */
export interface Import {
  readonly specifier: string;
  readonly context: Context;
}

/**
 * Test runners and frameworks resolve what they import themselves, and then load a file. Where that is the main file of one of these packages, this is
 * the same import by the package's name; undefined where it is not.
 */
export function asPackageImport(
  { specifier, context }: Import,
  names: readonly string[],
  resolve: Resolve,
): Import | undefined {
  if (!specifier.startsWith('file:') && !specifier.startsWith('/')) return undefined;
  // What stands for a hooked module imports the real one in this way.
  if (context.parentURL?.includes('iitm=true')) return undefined;
  const name = /[\\/]node_modules[\\/]((?:@[^\\/]+[\\/])?[^@\\/][^\\/]*)[\\/](?!.*[\\/]node_modules[\\/])/.exec(
    specifier,
  )?.[1];
  if (name === undefined || !names.includes(name)) return undefined;
  const url = specifier.startsWith('/') ? pathToFileURL(specifier) : new URL(specifier);
  // With hooks in force `import.meta.resolve` gives the address of what stands for the module.
  url.searchParams.delete('iitm');
  const { href } = url;
  // From a file beside it the name leads to this very copy, and a module that imports itself would not be hooked.
  const inside = { ...context, parentURL: new URL('./import', href).href };
  try {
    return resolve(name, inside).url === href ? { specifier: name, context: inside } : undefined;
  } catch {
    return undefined;
  }
}
