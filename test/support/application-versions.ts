// SPDX-License-Identifier: Apache-2.0
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from './run.ts';

/**
 * With which versions the applications of these tests run: those of a folder of `test/apps` that `npm run compatibility` installs, `oldest` or `between`; without
 * one the newest of each major, which `npm test` has installed.
 */
export const VERSIONS: string | undefined = process.env.TEST_VERSIONS || undefined;

/** The folder of the application of that name on older versions; undefined where the tests run on the newest, or there is none. */
export function folderOf(app: string): string | undefined {
  const folder = VERSIONS === undefined ? undefined : join('test/apps', VERSIONS, app);
  return folder !== undefined && existsSync(join(ROOT, folder)) ? folder : undefined;
}

/**
 * Folders of packages in which the application of that name finds its own. `newest` are those of the application on the newest versions, which is also there where
 * `VERSIONS` has no older one: a major that has but one version.
 */
export function modulesOf(app: string, ...newest: readonly string[]): readonly string[] {
  const older = folderOf(app);
  const folders = older === undefined ? newest : [join(older, 'node_modules'), join(older, '../node_modules')];
  return folders.map((folder) => join(ROOT, folder));
}

/** Where one of these folders has the package. */
export function packageIn(modules: readonly string[], name: string): string {
  const found = modules.map((folder) => join(folder, name)).find((path) => existsSync(path));
  if (found === undefined) throw new Error(`${name} is not installed in ${modules[0]}; run \`npm run setup\``);
  return found;
}
