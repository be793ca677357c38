// SPDX-License-Identifier: Apache-2.0
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import type { Pace, Rounds } from './rounds.ts';

const ROOT = join(import.meta.dirname, '..');
/** What each process loads before an application that does nothing. */
const LOADS = {
  node: [],
  span: ['--import', join(import.meta.dirname, 'hand-wired-sdk.mjs')],
  flow: ['--import', join(ROOT, 'dist/esm/register.js')],
} as const;

/** Milliseconds that a process lives which loads this and ends at once, the others in turn. */
export function measureStartUp(pace: Pace): Rounds {
  const names = ['node', 'span', 'flow'] as const;
  const costs = { node: [] as number[], span: [] as number[], flow: [] as number[] };
  for (let round = -1; round < pace.starts; round++)
    for (const name of round % 2 === 0 ? names : names.toReversed()) {
      const millis = startOnce(LOADS[name]);
      // The first round fills the file cache.
      if (round >= 0) costs[name].push(millis);
    }
  return new Map(names.map((name) => [name, costs[name]]));
}

function startOnce(load: readonly string[]): number {
  const env = Object.fromEntries(Object.entries(process.env).filter(([key]) => !/^(OTEL|FLOW|NODE)_/.test(key)));
  const before = performance.now();
  const { status, stderr } = spawnSync(process.execPath, [...load, '-e', '0'], { cwd: ROOT, env, encoding: 'utf8' });
  const millis = performance.now() - before;
  if (status !== 0 || stderr !== '') throw new Error(`node ${load.join(' ')} ended with ${status}: ${stderr}`);
  return millis;
}
