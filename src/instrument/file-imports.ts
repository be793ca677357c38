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
 * Test runners and frameworks resolve what they import themselves, and then load a file; others name a package in a way of their own. Where a file is the main
 * file of one of these packages, or another that is among the names, this is the same import by that name; undefined where it is not.
 */
export function asPackageImport(
  { specifier, context }: Import,
  names: readonly string[],
  resolve: Resolve,
): Import | undefined {
  if (!specifier.startsWith('file:') && !specifier.startsWith('/')) return undefined;
  // What stands for a hooked module imports the real one in this way.
  if (context.parentURL?.includes('iitm=true')) return undefined;
  const [before, name] = IN_PACKAGE.exec(specifier) ?? [];
  if (before === undefined || name === undefined) return undefined;
  const parts = names.includes(name) ? undefined : names.filter((each) => each.startsWith(`${name}/`));
  if (parts?.length === 0) return undefined;
  const url = specifier.startsWith('/') ? pathToFileURL(specifier) : new URL(specifier);
  // With hooks in force `import.meta.resolve` gives the address of what stands for the module.
  url.searchParams.delete('iitm');
  const { href } = url;
  const folder = specifier.startsWith('/') ? pathToFileURL(before).href : before;
  // The package's own imports of its files.
  if (context.parentURL?.startsWith(folder)) return undefined;
  // From a file beside it the name leads to this very copy, and a module that imports itself would not be hooked.
  const inside = { ...context, parentURL: new URL('./import', href).href };
  const within = `${name}/${decodeURIComponent(href.slice(folder.length))}`;
  // Of a package without a main file the parts are among the names: which of them a file is, only they can say.
  const candidates = parts ?? [name, within].filter((each) => names.includes(each));
  const known = nameOf(href, candidates, (each) => resolve(each, inside).url);
  return known === undefined ? undefined : { specifier: known, context: inside };
}

/** By address: to resolve a name Node reads all that its package exports, and a framework has hundreds of files. */
const found = new Map<string, string | undefined>();

function nameOf(href: string, candidates: readonly string[], resolve: (name: string) => string): string | undefined {
  if (!found.has(href))
    found.set(
      href,
      candidates.find((each) => {
        try {
          return resolve(each) === href;
        } catch {
          // Its package does not export it under that name.
          return false;
        }
      }),
    );
  return found.get(href);
}

/** The name of the file that a module of its package imports by a path, where that is among the names; undefined where it is not. */
export function internalName(url: string, { parentURL }: Context, names: readonly string[]): string | undefined {
  if (names.length === 0 || parentURL === undefined || parentURL.includes('iitm=true')) return undefined;
  const [folder, name] = IN_PACKAGE.exec(url) ?? [];
  if (folder === undefined || !parentURL.startsWith(folder)) return undefined;
  const within = `${name}/${url.slice(folder.length)}`;
  return names.includes(within) ? within : undefined;
}

/** The folder of the package, with its name. */
const IN_PACKAGE = /^.*[\\/]node_modules[\\/]((?:@[^\\/]+[\\/])?[^@\\/][^\\/]*)[\\/](?!.*[\\/]node_modules[\\/])/;
