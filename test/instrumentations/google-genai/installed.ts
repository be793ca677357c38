// SPDX-License-Identifier: Apache-2.0
import { existsSync } from 'node:fs';
import { ALLOW, type Packages, makeTree, packagesIn } from '../../support/application-tree.ts';
import { modulesOf, packageIn } from '../../support/application-versions.ts';

/** Majors of the SDK that Flow supports. */
export const MAJORS = [1, 2, 3] as const;
export type Major = (typeof MAJORS)[number];

const MODULES = {
  1: modulesOf('genai-1', 'test/apps/sdks/node_modules'),
  2: modulesOf('genai-2', 'test/apps/sdks/genai-2/node_modules', 'test/apps/sdks/node_modules'),
  3: modulesOf('genai-3', 'node_modules', 'test/apps/sdks/node_modules'),
};

/** What else is installed for the application. */
export function besidesOf(major: Major): Packages {
  const folders = MODULES[major].filter((folder) => existsSync(folder)).toReversed();
  return Object.assign({}, ...folders.map((folder) => packagesIn(folder, '', ['@google']))) as Packages;
}

/** Where the SDK is. */
export function packageOf(major: Major): string {
  return packageIn(MODULES[major], '@google/genai');
}

/** The folder of an application on that major, with the applications of these tests in it; or on the package that is there in its place. */
export function makeApp(major: Major, sdk: string = packageOf(major)): string {
  return makeTree('genai', { '@google/genai': sdk }, [import.meta.dirname, ALLOW]);
}
