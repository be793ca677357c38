// SPDX-License-Identifier: Apache-2.0
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';

const root: string = join(import.meta.dirname, '../..');

/** Vitest's global setup: the built package, which tests load by its own name, is that of the present sources. */
export function setup(): void {
  execFileSync(process.execPath, [join(root, 'scripts/build.mjs'), '--if-stale'], { cwd: root, stdio: 'inherit' });
}
