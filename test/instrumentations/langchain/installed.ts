// SPDX-License-Identifier: Apache-2.0
import { dirname, join } from 'node:path';
import * as trees from '../../support/application-tree.ts';
import { modulesOf, packageIn } from '../../support/application-versions.ts';

const INSTALLED = dirname(packageIn(modulesOf('langchain', 'test/apps/frameworks/node_modules'), 'langchain'));
const PROGRAMS = [import.meta.dirname, trees.ALLOW];

/** A folder of an application: the files beside this one, and what it has installed. */
export function makeTree(): string {
  const names = ['@langchain', 'deepagents', 'langchain', 'zod'];
  return trees.makeTree('langchain', Object.fromEntries(names.map((name) => [name, join(INSTALLED, name)])), PROGRAMS);
}

/** The same on copies of the framework whose methods have other names, as those of later versions may. */
export function makeDoctoredTree(renamed: Readonly<Record<string, string>>): string {
  const copied = ['@langchain/core', '@langchain/langgraph'];
  const tree = trees.makeTree('langchain', trees.packagesIn(INSTALLED, '', ['@langchain']), PROGRAMS);
  trees.linkPackages(tree, trees.packagesIn(INSTALLED, '@langchain', copied));
  const within = /^dist\/.*(?:(?:tools|pregel)\/index\.c?js|chat_models\.c?js)$/;
  for (const name of copied)
    trees.copyPackage(join(INSTALLED, name), join(tree, 'node_modules', name), { renamed, within });
  return tree;
}
