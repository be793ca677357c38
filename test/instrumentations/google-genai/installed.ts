// SPDX-License-Identifier: Apache-2.0
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { ALLOW, makeTree } from '../../support/application-tree.ts';
import { ROOT } from '../../support/run.ts';

/** Majors of the SDK that Flow supports. */
export const MAJORS = [1, 2, 3] as const;
export type Major = (typeof MAJORS)[number];

const MODULES = {
  1: 'test/apps/sdks/node_modules',
  2: 'test/apps/sdks/genai-2/node_modules',
  3: 'node_modules',
};

/** Where a package of the application is installed. */
export function installed(major: Major, name: string): string {
  const folders = [MODULES[major], 'test/apps/sdks/node_modules'].map((folder) => join(ROOT, folder, name));
  return folders.find((folder) => existsSync(folder)) ?? '';
}

/** Where the SDK is. */
export function packageOf(major: Major): string {
  return installed(major, '@google/genai');
}

/** The folder of an application on that major, with the applications of these tests in it; or on the package that is there in its place. */
export function makeApp(major: Major, sdk: string = packageOf(major)): string {
  return makeTree('genai', { '@google/genai': sdk }, [import.meta.dirname, ALLOW]);
}
