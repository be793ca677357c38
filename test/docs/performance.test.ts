// SPDX-License-Identifier: Apache-2.0
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { CASES } from '../../bench/cases.ts';
import { loadRows } from '../../bench/results.ts';
import { ROOT, runApp } from '../support/run.ts';

describe('docs/performance.md', () => {
  it('is what the kept results of the bench say', async () => {
    const { code, stderr } = await runApp({ file: join(ROOT, 'scripts/performance.mjs'), programArgs: ['--check'] });
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  });

  it('has a kept result for every case of the bench', () => {
    const kept = loadRows().map(({ name }) => name);
    expect(kept.toSorted()).toEqual(
      [...CASES.map(({ name }) => name), 'start-up', 'unused', 'trajectories'].toSorted(),
    );
  });
});
