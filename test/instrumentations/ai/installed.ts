// SPDX-License-Identifier: Apache-2.0
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { ALLOW, SETTLED, type Packages, copyPackage, makeTree, packagesIn } from '../../support/application-tree.ts';
import { modulesOf, packageIn } from '../../support/application-versions.ts';

export { startCountingServer as startServer } from '../../support/openai-server/start-counting.ts';

/** Majors of the SDK that Flow supports. */
export const MAJORS = ['5', '6', '7'] as const;
export type Major = (typeof MAJORS)[number];

const MODULES: Readonly<Record<Major, readonly string[]>> = {
  5: modulesOf('ai-5', 'test/apps/sdks/ai-5/node_modules', 'test/apps/sdks/node_modules'),
  6: modulesOf('ai-6', 'test/apps/sdks/ai-6/node_modules', 'test/apps/sdks/node_modules'),
  7: modulesOf('ai-7', 'test/apps/frameworks/node_modules'),
};

/** Where a package is installed that an application on this major uses. */
export function packageOf(major: Major, name: string): string {
  return packageIn(MODULES[major], name);
}

/** The folder of an application on that major with the applications of these tests in it; `packages` may name others than those installed. */
export function makeApp(major: Major, packages: Packages = {}): string {
  const names = ['ai', '@ai-sdk/openai', '@ai-sdk/anthropic', 'zod'];
  const installed = Object.fromEntries(names.map((name) => [name, packageOf(major, name)]));
  return makeTree('ai', { ...installed, ...packages }, [import.meta.dirname, ALLOW, SETTLED]);
}

/** The same on packages whose functions have other names, as later ones may have. */
export function makeDoctoredApp(major: Major, renamed: Readonly<Record<string, string>>): string {
  const modules = MODULES[major].filter((folder) => existsSync(join(folder, '@ai-sdk'))).toReversed();
  const inAll = (...where: [scope: string, except?: readonly string[]]): Packages =>
    Object.assign({}, ...modules.map((folder) => packagesIn(folder, ...where))) as Packages;
  const tree = makeTree('ai', inAll('', ['ai', '@ai-sdk']), [import.meta.dirname]);
  for (const [name, source] of Object.entries({ ...inAll('@ai-sdk'), ai: packageOf(major, 'ai') }))
    copyPackage(source, join(tree, 'node_modules', name), {
      without: /(?:^|\/)(?:src|docs)(?:\/|$)/,
      renamed,
      within: /\.js$/,
    });
  return tree;
}
