// SPDX-License-Identifier: Apache-2.0

import { cpSync, existsSync, mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';

const root: string = join(import.meta.dirname, '../..');

/** Majors of the SDK before the one that the repository itself has installed. */
export type OlderMajor = 4 | 5 | 6;

/**
 * Lays an application out in an empty folder. Its packages are links: Node takes their real paths, which are those of an
 * installation of its own in `test/apps`.
 */
export function layOut(major: OlderMajor, folder: string): void {
  const installed = join(root, `test/apps/openai-${major}/node_modules`);
  if (!existsSync(installed)) throw new Error(`There is no ${installed}: run \`npm test\`, or \`npm ci\` beside it.`);
  cpSync(import.meta.dirname, folder, { recursive: true, filter: (path) => !path.endsWith('.ts') });
  mkdirSync(join(folder, 'node_modules/@flow'), { recursive: true });
  for (const name of ['openai', 'zod']) symlinkSync(join(installed, name), join(folder, 'node_modules', name));
  symlinkSync(root, join(folder, 'node_modules/@flow/register'));
}
