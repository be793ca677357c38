// SPDX-License-Identifier: Apache-2.0
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { ALLOW, type Packages, copyPackage, makeTree, packagesIn } from '../../support/application-tree.ts';
import { ROOT } from '../../support/run.ts';

export { startCountingServer as startServer } from '../../support/openai-server/start-counting.ts';

/** Majors of the SDK that Flow supports. */
export const MAJORS = ['5', '6', '7'] as const;
export type Major = (typeof MAJORS)[number];

const MODULES: Readonly<Record<Major, readonly string[]>> = {
  5: ['test/apps/sdks/ai-5/node_modules', 'test/apps/sdks/node_modules'],
  6: ['test/apps/sdks/ai-6/node_modules', 'test/apps/sdks/node_modules'],
  7: ['test/apps/frameworks/node_modules'],
};

/** Where a package is installed that an application on this major uses. */
export function packageOf(major: Major, name: string): string {
  const found = MODULES[major].map((folder) => join(ROOT, folder, name)).find((path) => existsSync(path));
  if (found === undefined) throw new Error(`${name} is not installed for ai ${major}; run \`npm run setup\``);
  return found;
}

/** The folder of an application on that major with the applications of these tests in it; `packages` may name others than those installed. */
export function makeApp(major: Major, packages: Packages = {}): string {
  const names = ['ai', '@ai-sdk/openai', '@ai-sdk/anthropic', 'zod'];
  const installed = Object.fromEntries(names.map((name) => [name, packageOf(major, name)]));
  return makeTree('ai', { ...installed, ...packages }, [import.meta.dirname, ALLOW]);
}

/** The same on packages whose functions have other names, as later ones may have. */
export function makeDoctoredApp(major: Major, renamed: Readonly<Record<string, string>>): string {
  const modules = dirname(packageOf(major, 'ai'));
  const tree = makeTree('ai', packagesIn(modules, '', ['ai', '@ai-sdk']), [import.meta.dirname]);
  for (const [name, source] of Object.entries(packagesIn(modules, '@ai-sdk')).concat([['ai', join(modules, 'ai')]]))
    copyPackage(source, join(tree, 'node_modules', name), {
      without: /(?:^|\/)(?:src|docs)(?:\/|$)/,
      renamed,
      within: /\.js$/,
    });
  return tree;
}
