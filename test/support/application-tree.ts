// SPDX-License-Identifier: Apache-2.0
import { cpSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, extname, join, relative } from 'node:path';
import { ROOT } from './run.ts';

/** Where packages are, by their names in `node_modules`; `other/node_modules/name` is one that only `other` sees. */
export type Packages = Readonly<Record<string, string>>;

/** A policy that changes nothing, as one of the programs of a tree: `allow.mjs`. */
export const ALLOW: string = join(import.meta.dirname, 'allow.mjs');

/** What programs wait with for a promise that some versions leave unsettled: `settled.mjs`. */
export const SETTLED: string = join(import.meta.dirname, 'settled.mjs');

/** The folder of an application that has installed Flow and these packages: links, whose real paths Node takes. */
export function makeTree(name: string, packages: Packages, programs: readonly string[] = []): string {
  const tree = mkdtempSync(join(tmpdir(), `flow-${name}-`));
  linkPackages(tree, { '@flow/register': ROOT, ...packages });
  // Files, or folders of them. Copies: what a file imports is looked for beside its real path.
  for (const path of programs)
    if (extname(path) === '.mjs') cpSync(path, join(tree, basename(path)));
    else cpSync(path, tree, { recursive: true, filter: (each) => each === path || each.endsWith('.mjs') });
  return tree;
}

/** Installs more packages in a tree. */
export function linkPackages(tree: string, packages: Packages): void {
  for (const [name, target] of Object.entries(packages)) {
    const place = join(tree, 'node_modules', name);
    mkdirSync(dirname(place), { recursive: true });
    symlinkSync(target, place);
  }
}

/** What there is in a folder of packages, or of a scope in it, but for those named. */
export function packagesIn(modules: string, scope = '', except: readonly string[] = []): Packages {
  const names = readdirSync(join(modules, scope))
    .filter((name) => !name.startsWith('.'))
    .map((name) => (scope === '' ? name : `${scope}/${name}`));
  return Object.fromEntries(
    names.filter((name) => !except.includes(name)).map((name) => [name, join(modules, name)] as const),
  );
}

/** Installs a package that needs packages of its own, and hands them on: to ES modules from `index.mjs`, to CommonJS from `index.cjs`. */
export function addDependant(tree: string, name: string, packages: Packages, esm: string, cjs: string): void {
  const folder = join(tree, 'node_modules', name);
  linkPackages(folder, packages);
  writeFileSync(join(folder, 'index.mjs'), esm);
  writeFileSync(join(folder, 'index.cjs'), cjs);
}

/** How a copy of a package differs from it: paths are those in the package. */
export interface Changes {
  /** What is not needed, beside types and source maps. */
  readonly without?: RegExp;
  /** New names of what a later version may call otherwise. */
  readonly renamed?: Readonly<Record<string, string>>;
  /** The files in which they are; by default in all programs. */
  readonly within?: RegExp;
}

/** Copies a package: a link would be known by its real path, and not be for tests to change. */
export function copyPackage(source: string, target: string, changes: Changes = {}): void {
  const { without, renamed = {}, within = /\.[cm]?js$/ } = changes;
  const isNeeded = (path: string): boolean => !/\.map$|\.d\.[cm]?ts$/.test(path) && without?.test(path) !== true;
  const filter = (path: string): boolean => isNeeded(relative(source, path));
  cpSync(source, target, { recursive: true, dereference: true, filter });
  if (Object.keys(renamed).length === 0) return;
  for (const file of readdirSync(target, { recursive: true, encoding: 'utf8' })) {
    if (!within.test(file)) continue;
    const text = readFileSync(join(target, file), 'utf8');
    const other = Object.entries(renamed).reduce((done, [from, to]) => done.replaceAll(from, to), text);
    if (other !== text) writeFileSync(join(target, file), other);
  }
}
