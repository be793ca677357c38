// SPDX-License-Identifier: Apache-2.0
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as trees from '../../support/application-tree.ts';
import { modulesOf, packageIn } from '../../support/application-versions.ts';

/** Majors of the SDK that Flow supports. */
export const MAJORS = [4, 5, 6, 7] as const;
/** One of them. */
export type Major = (typeof MAJORS)[number];

const foldersOf = (major: Major): readonly string[] =>
  modulesOf(`openai-${major}`, major === 7 ? 'node_modules' : `test/apps/openai-${major}/node_modules`);

/** The folder in which a major is installed. */
export function packageOf(major: Major): string {
  return packageIn(foldersOf(major), 'openai');
}

/** What else is installed for the application. */
export function besidesOf(major: Exclude<Major, 7>): trees.Packages {
  const folders = foldersOf(major)
    .filter((folder) => existsSync(folder))
    .toReversed();
  return Object.assign({}, ...folders.map((folder) => trees.packagesIn(folder, '', ['openai']))) as trees.Packages;
}

/** Its version. */
export function versionOf(major: Major): string {
  return (JSON.parse(readFileSync(join(packageOf(major), 'package.json'), 'utf8')) as { version: string }).version;
}

/** The folder of an application that has installed what is named. */
export const makeTree = (packages: trees.Packages): string => trees.makeTree('openai', packages);

/** Copies a major's files, without types and sources, for a test that changes them. */
export function copyPackage(major: Major, target: string, changes: trees.Changes = {}): void {
  trees.copyPackage(packageOf(major), target, { without: /^src(?:\/|$)/, ...changes });
}
