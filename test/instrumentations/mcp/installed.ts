// SPDX-License-Identifier: Apache-2.0
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import {
  ALLOW,
  type Packages,
  copyPackage,
  linkPackages,
  makeTree,
  packagesIn,
} from '../../support/application-tree.ts';
import { modulesOf, packageIn } from '../../support/application-versions.ts';
import { ROOT } from '../../support/run.ts';

/** Majors of the SDK that Flow supports; the second is three packages. */
export const MAJORS = ['1', '2'] as const;
export type Major = (typeof MAJORS)[number];

const MODULES = {
  1: modulesOf('mcp-1', 'test/apps/sdks/node_modules'),
  2: modulesOf('mcp-2', 'test/apps/frameworks/node_modules'),
};
const PACKAGES = { 1: ['sdk'], 2: ['client', 'server', 'node'] };

/** Where a package of the SDK is installed. */
export function packageOf(major: Major, name: string): string {
  return packageIn(MODULES[major], `@modelcontextprotocol/${name}`);
}

/** The folder of an application on that major, with the applications of these tests in it. */
export function makeApp(major: Major): string {
  const own = PACKAGES[major].map((name) => [`@modelcontextprotocol/${name}`, packageOf(major, name)] as const);
  const zod = packageIn(MODULES[major], 'zod');
  const programs = [join(ROOT, 'test/support/mcp-app'), import.meta.dirname, ALLOW];
  return makeTree('mcp', { zod, ...Object.fromEntries(own) }, programs);
}

/** The same on packages whose methods have other names, as later ones may have. */
export function makeDoctoredApp(major: Major, renamed: Readonly<Record<string, string>>): string {
  const modules = dirname(dirname(packageOf(major, PACKAGES[major][0] as string)));
  const copied = ['sdk', 'client', 'server'].map((name) => `@modelcontextprotocol/${name}`);
  const shared = MODULES[major].filter((folder) => existsSync(folder)).toReversed();
  const needed = shared.map((folder) => packagesIn(folder, '', ['@modelcontextprotocol']));
  const tree = makeTree('mcp', Object.assign({}, ...needed) as Packages);
  linkPackages(tree, packagesIn(modules, '@modelcontextprotocol', copied));
  for (const name of copied.filter((each) => existsSync(join(modules, each))))
    copyPackage(join(modules, name), join(tree, 'node_modules', name), { without: /(?:^|\/)examples/, renamed });
  return tree;
}
