// SPDX-License-Identifier: Apache-2.0
import { existsSync, mkdirSync } from 'node:fs';
import { dirname } from 'node:path';

/** Makes the folder and those above it, readable for their owner alone. One at a time: Node's own recursive form never returns where a folder cannot be made at all, as in `/proc`. */
export function makeFolder(path: string): void {
  const missing: string[] = [];
  for (let each = path; !existsSync(each) && dirname(each) !== each; each = dirname(each)) missing.push(each);
  for (const each of missing.toReversed())
    try {
      mkdirSync(each, { mode: 0o700 });
    } catch (error) {
      // Another process may have been faster.
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
}
