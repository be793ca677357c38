// SPDX-License-Identifier: Apache-2.0
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Target } from './case.ts';
import { resolvePeer } from './peers.ts';
import type { Pace, Samples } from './rounds.ts';

export const START_UP = 'start-up';
export const START_UP_TITLE = 'start-up of an empty app, added to node';
export const START_UP_TARGETS: readonly Target[] = [
  { of: 'start-up', than: 'hand-wired', atMost: 0.6, stretch: 0.45 },
  { of: 'rss', than: 'stock-register', atMost: 0.15, stretch: 0.08 },
  { of: 'start-up', than: 'stock-register' },
  { of: 'rss', than: 'hand-wired' },
];

const ROOT = join(import.meta.dirname, '..');
const NAMES = ['node', 'hand-wired', 'flow', 'stock-register'] as const;
type Name = (typeof NAMES)[number];
/** Ends itself, so that nobody waits for a receiver that is not there, and says how large it had become, in kilobytes. */
const APP = `process.on('exit', () => require('node:fs').writeSync(1, String(process.resourceUsage().maxRSS))); process.exit(0)`;

/** What each process loads before an application that does nothing. */
function loadOf(name: Name): readonly string[] {
  if (name === 'hand-wired') return ['--import', join(import.meta.dirname, 'hand-wired-sdk.mjs')];
  if (name === 'flow') return ['--import', join(ROOT, 'dist/esm/register.js')];
  if (name === 'stock-register')
    return ['--import', pathToFileURL(resolvePeer('@opentelemetry/auto-instrumentations-node/register')).href];
  return [];
}

/** Milliseconds that a process lives which loads this and ends at once, and its memory, the others in turn. */
export function measureStartUp({ starts }: Pace, peers: boolean): Samples {
  const names = NAMES.filter((name) => peers || name !== 'stock-register');
  const millis = new Map(names.map((name) => [name, [] as number[]]));
  const megabytes = new Map(names.map((name) => [name, [] as number[]]));
  for (let round = -1; round < starts; round++)
    for (const name of round % 2 === 0 ? names : names.toReversed()) {
      const once = startOnce(loadOf(name));
      // The first round fills the file cache.
      if (round < 0) continue;
      millis.get(name)?.push(once.millis);
      megabytes.get(name)?.push(once.megabytes);
    }
  return { 'start-up': millis, rss: megabytes };
}

function startOnce(load: readonly string[]): { millis: number; megabytes: number } {
  const inherited = Object.entries(process.env).filter(([key]) => !/^(OTEL|FLOW|NODE)_/.test(key));
  // The stock register's other detectors ask the network where it runs, which would only make it slower.
  const env = { ...Object.fromEntries(inherited), OTEL_NODE_RESOURCE_DETECTORS: 'env,host,os,process' };
  const before = performance.now();
  const { status, stdout, stderr } = spawnSync(process.execPath, [...load, '-e', APP], {
    cwd: ROOT,
    env,
    encoding: 'utf8',
  });
  const millis = performance.now() - before;
  if (status !== 0) throw new Error(`node ${load.join(' ')} ended with ${status}: ${stderr}`);
  return { millis, megabytes: Number(/\d+$/.exec(stdout)?.[0]) / 1024 };
}
