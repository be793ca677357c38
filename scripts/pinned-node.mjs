// SPDX-License-Identifier: Apache-2.0
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const modules = join(dirname(fileURLToPath(import.meta.url)), '../node_modules');

/** The Node that this repository is developed on, whichever one started the script. */
export const pinnedNode = join(modules, 'node/bin', process.platform === 'win32' ? 'node.exe' : 'node');

/** The environment in which `node` means that one, for child processes too. */
export function withPinnedNode(env) {
  return { ...env, PATH: [join(modules, '.bin'), dirname(pinnedNode), env.PATH].join(delimiter) };
}
