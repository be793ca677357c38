// SPDX-License-Identifier: Apache-2.0
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { type Profiler, Session } from 'node:inspector/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { CACHE } from './peers.ts';
import { phasesOf } from './phases.ts';
import { saveProfile } from './results.ts';

const ROWS = 30;
const SAMPLE_MICROS = 100;

/** Prints where the time of the work goes, by function and by phase, in microseconds per unit; keeps the profile for a viewer, with `save` also the phases as a result. */
export async function profile(
  name: string,
  unitsPerCall: number,
  save: boolean,
  work: () => Promise<number>,
): Promise<void> {
  const session = new Session();
  session.connect();
  await session.post('Profiler.enable');
  await session.post('Profiler.setSamplingInterval', { interval: SAMPLE_MICROS });
  await session.post('Profiler.start');
  const units = (await work()) * unitsPerCall;
  const { profile: result } = await session.post('Profiler.stop');
  session.disconnect();
  mkdirSync(CACHE, { recursive: true });
  const path = join(CACHE, `${name}.cpuprofile`);
  writeFileSync(path, JSON.stringify(result));
  const times = selfTimes(result).map(([where, micros]) => [where, micros / units] as const);
  const print = ([where, micros]: readonly [string, number]): string => `${micros.toFixed(3).padStart(9)}  ${where}`;
  const phases = phasesOf(times);
  console.log(`${name}: self time by function, us per ${unitsPerCall > 1 ? 'chunk' : 'call'} (${path})`);
  console.log([...times.slice(0, ROWS).map(print), '', ...[...phases].map(print)].join('\n'));
  if (save) saveProfile(name, phases);
}

function selfTimes({ nodes, samples = [], timeDeltas = [] }: Profiler.Profile): [where: string, micros: number][] {
  const places = new Map(nodes.map(({ id, callFrame }) => [id, placeOf(callFrame)]));
  const times = new Map<string, number>();
  for (const [index, id] of samples.entries()) {
    const place = places.get(id) ?? '';
    times.set(place, (times.get(place) ?? 0) + (timeDeltas[index] ?? 0));
  }
  return [...times].toSorted(([, a], [, b]) => b - a);
}

function placeOf({ functionName, url, lineNumber }: Profiler.Profile['nodes'][number]['callFrame']): string {
  const name = functionName === '' ? '(anonymous)' : functionName;
  if (!url.startsWith('file:')) return `${name}  ${url}`;
  const path = fileURLToPath(url);
  const source = path.endsWith('.chunk.js') ? sourceOf(path, lineNumber) : path.replace(/.*\/node_modules\//, '');
  return `${name}  ${source}`;
}

const bundles = new Map<string, readonly string[]>();

// The bundler names the source file in a comment above its part.
function sourceOf(bundle: string, line: number): string {
  let lines = bundles.get(bundle);
  if (lines === undefined) bundles.set(bundle, (lines = readFileSync(bundle, 'utf8').split('\n')));
  for (let at = line; at >= 0; at--) {
    const source = /^\/\/(?:#region)? (\S+\.ts)$/.exec(lines[at] ?? '')?.[1];
    if (source !== undefined) return source;
  }
  return bundle;
}
