// SPDX-License-Identifier: Apache-2.0
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Target } from './case.ts';
import type { Pace, Samples } from './rounds.ts';

export const UNUSED = 'unused';
export const UNUSED_TITLE = 'an instrumentation that is never used, added to a start';
export const UNUSED_TARGETS: readonly Target[] = [{ of: 'cpu', atMost: 500 }];

const ROOT = join(import.meta.dirname, '..');
/** Beneath the package, where it finds what it depends on. */
const WITHOUT = join(ROOT, 'node_modules/.cache/flow-without-instrumentations');
const APP = `const { user, system } = process.cpuUsage(); require('node:fs').writeSync(1, String(user + system)); process.exit(0)`;
/** Files with one entry each, or a few of one family. */
const ENTRIES = readdirSync(join(ROOT, 'instrumentations')).filter((file) => file !== 'index.ts').length;

/** CPU time of a start with all instrumentations, less that of one with an empty list of them, by entry. Processes in turn. */
export function measureUnused({ starts }: Pace): Samples {
  copyWithout();
  const costs: number[] = [];
  try {
    // The first round fills the file cache.
    for (let round = -1; round < starts; round++) {
      const order = round % 2 === 0 ? [ROOT, WITHOUT] : [WITHOUT, ROOT];
      const spent = new Map(order.map((root) => [root, startOnce(root)]));
      if (round >= 0) costs.push(((spent.get(ROOT) ?? Number.NaN) - (spent.get(WITHOUT) ?? Number.NaN)) / ENTRIES);
    }
  } finally {
    rmSync(WITHOUT, { recursive: true, force: true });
  }
  return { cpu: new Map([['flow', costs]]) };
}

function copyWithout(): void {
  rmSync(WITHOUT, { recursive: true, force: true });
  mkdirSync(WITHOUT, { recursive: true });
  cpSync(join(ROOT, 'dist'), join(WITHOUT, 'dist'), { recursive: true });
  cpSync(join(ROOT, 'package.json'), join(WITHOUT, 'package.json'));
  writeFileSync(join(WITHOUT, 'dist/cjs/instrumentations.chunk.js'), 'exports.instrumentations = [];\n');
}

/** Microseconds. */
function startOnce(root: string): number {
  const inherited = Object.entries(process.env).filter(([key]) => !/^(OTEL|FLOW|NODE)_/.test(key));
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    ['--import', join(root, 'dist/esm/register.js'), '-e', APP],
    { cwd: ROOT, env: Object.fromEntries(inherited), encoding: 'utf8' },
  );
  if (status !== 0) throw new Error(`a start of ${root} ended with ${status}: ${stderr}`);
  return Number(stdout);
}
