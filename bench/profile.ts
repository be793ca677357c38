// SPDX-License-Identifier: Apache-2.0
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { type Profiler, Session } from 'node:inspector/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { CACHE } from './reference.ts';

const ROWS = 30;
const SAMPLE_MICROS = 100;

/** Prints where the time of the work goes, by function, in microseconds per unit; keeps the profile for a viewer. */
export async function profile(name: string, unitsPerCall: number, work: () => Promise<number>): Promise<void> {
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
  const lines = selfTimes(result)
    .slice(0, ROWS)
    .map(([where, micros]) => `${(micros / units).toFixed(3).padStart(9)}  ${where}`);
  console.log(
    `${name}: self time by function, us per ${unitsPerCall > 1 ? 'chunk' : 'call'} (${path})\n${lines.join('\n')}`,
  );
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
