// SPDX-License-Identifier: Apache-2.0
import { coverage } from '../instrument/ledger.ts';
import type { Settings } from './environment.ts';
import { type Log, createLog } from './log.ts';

/**
 * Says at the end of this thread, once, what became of each copy of an AI SDK: a line for each with `FLOW_LOG=info`. With
 * `FLOW_REQUIRE_COVERAGE` a missing patch point makes an end that was a success one with exit code 1.
 */
export function watchCoverage({ requireCoverage }: Pick<Settings, 'requireCoverage'>, log: Log): () => void {
  let said = false;
  return () => {
    if (said) return;
    said = true;
    const rows = coverage();
    for (const { name, version, format, path, patched, missing, calls } of rows) {
      const points = `patched ${patched.join(', ') || 'nothing'}; missing ${missing.join(', ') || 'nothing'}`;
      log('info', `coverage: ${name}@${version} (${format}) in ${path}: ${points}; calls ${calls}`);
    }
    const gaps = rows.filter(({ missing }) => missing.length > 0);
    if (!requireCoverage || gaps.length === 0) return;
    const names = gaps.map(({ name, version, format }) => `${name}@${version} (${format})`);
    // Whoever asked for this must hear why the process failed, whatever FLOW_LOG is.
    createLog('error')('error', `coverage required, but patch points are missing in ${names.join(', ')}`);
    if (Number(process.exitCode ?? 0) === 0) process.exitCode = 1;
  };
}
