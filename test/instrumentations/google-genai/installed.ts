// SPDX-License-Identifier: Apache-2.0
import { cpSync, existsSync, mkdirSync, mkdtempSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
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
  const tree = mkdtempSync(join(tmpdir(), 'flow-genai-'));
  const packages = { '@flow/register': ROOT, '@google/genai': sdk };
  for (const [name, target] of Object.entries(packages)) {
    const path = join(tree, 'node_modules', name);
    mkdirSync(dirname(path), { recursive: true });
    symlinkSync(target, path);
  }
  // Copies: what a file imports is looked for beside its real path.
  const here = import.meta.dirname;
  cpSync(here, tree, { recursive: true, filter: (path) => path === here || path.endsWith('.mjs') });
  return tree;
}
