// SPDX-License-Identifier: Apache-2.0
import { bundled } from '../instrument/bundled.ts';
import { loadAllChunks } from '../instrument/chunks.ts';
import { load } from '../instrument/load.ts';

/** What is sent with, and what the sender asks for. */
const LATE = ['node:http', 'node:https', 'node:worker_threads', 'node:zlib', '../../package.json'] as const;

/**
 * In Jest, loads now what would be loaded when it is needed. Jest gives each test file modules of its own, and fails the run when anything is loaded after
 * the file has ended, where timers of ours go on.
 */
export function loadAheadInJest(): void {
  if (process.env['JEST_WORKER_ID'] === undefined) return;
  try {
    loadAllChunks();
    for (const specifier of [...Object.keys(bundled), ...LATE]) load(specifier);
  } catch {
    // In a bundle they are not to be found; that is said when the first of them is missed.
  }
}
