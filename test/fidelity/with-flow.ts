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

/** What a process under that policy prints on standard error: what of policy has failed, and nothing else. */
export function warningsOf(policy: string): string {
  if (policy !== 'reject') return '';
  const refused = "it failed, so a call of 'openai' was refused";
  return `flow: guardrail 'broken': ${refused}: the guardrail has a bug\nflow: request intercept 'broken': ${refused}: the intercept has a bug\n`;
}
