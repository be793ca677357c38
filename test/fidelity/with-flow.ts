// SPDX-License-Identifier: Apache-2.0

import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

import type { ProcessOptions } from './process.ts';

const register: string = join(import.meta.dirname, '../../dist/esm/register.js');

/** What makes a process one with Flow: the flag, the file that its events go to, and a module of `policies/` if named. */
export function withFlow(
  atofFile: string,
  policy?: string,
  folder: string = import.meta.dirname,
): Pick<ProcessOptions, 'execArgv' | 'env'> {
  if (!existsSync(register)) throw new Error(`There is no ${register}: run \`npm run build\`.`);
  const policies = policy ? ['--import', urlOf(join(folder, 'policies', `${policy}.mjs`))] : [];
  return { execArgv: ['--import', urlOf(register), ...policies], env: { FLOW_ATOF_FILE: atofFile } };
}

function urlOf(path: string): string {
  return pathToFileURL(path).href;
}
