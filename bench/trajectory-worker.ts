// SPDX-License-Identifier: Apache-2.0
// What one system's trajectories cost, in a process of its own: `node --expose-gc bench/trajectory-worker.ts <system>`; prints JSON.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import type { SystemName } from './case.ts';
import { toolPayload } from './payloads.ts';
import type { Load, System } from './system.ts';

const SMALL = 5_000;
const LARGE = 50_000;
const EVENTS_PER_CALL = 2;

/** One figure for each time that it was taken. */
export type TrajectoryFigures = Readonly<Record<'held' | 'export-10k' | 'export-100k' | 'block', readonly number[]>>;

const [name] = process.argv.slice(2) as [SystemName];
const { load } = (await import(`./systems/${name}.ts`)) as { load: Load };
const system = await load({ recording: false, content: false });
// Only Flow writes documents by itself.
const figures = { ...(await measureExports()), block: name === 'flow' ? [await measureBlock()] : [] };
console.log(JSON.stringify(figures satisfies TrajectoryFigures));
process.exit();

async function makeCalls({ tool }: System, count: number): Promise<void> {
  const echo = async (given: unknown): Promise<unknown> => given;
  for (let made = 1; made <= count; made++) {
    // Each call has payloads of its own, as an application's have.
    await tool?.(toolPayload(100), echo);
    if (made % 100 === 0) await turn();
  }
}

async function measureExports(): Promise<Omit<TrajectoryFigures, 'block'>> {
  const trajectories = await system.collect?.();
  if (trajectories === undefined) throw new Error(`${name} keeps no trajectories`);
  await makeCalls(system, SMALL);
  trajectories.clear();
  const empty = residentBytes();
  await makeCalls(system, LARGE);
  const held = [(residentBytes() - empty) / LARGE];
  const large = await timeExports(trajectories.export, LARGE, 1);
  trajectories.clear();
  await makeCalls(system, SMALL);
  // The first export after the larger one pays for cleaning up.
  const small = (await timeExports(trajectories.export, SMALL, 4)).slice(1);
  return { held, 'export-10k': small, 'export-100k': large };
}

function residentBytes(): number {
  globalThis.gc?.();
  return process.memoryUsage.rss();
}

async function timeExports(run: () => Promise<string>, calls: number, times: number): Promise<number[]> {
  const taken: number[] = [];
  for (let time = 0; time < times; time++) {
    const start = performance.now();
    const text = await run();
    // A text put together of many is made one of them only when somebody reads it: that belongs to it.
    if (text.at(-1) !== '}') throw new Error(`${name} exported half a document`);
    taken.push(((performance.now() - start) * 1000) / calls / EVENTS_PER_CALL);
    if (text.length < calls * 100) throw new Error(`${name} exported ${text.length} characters for ${calls} calls`);
  }
  return taken;
}

/** The longest that the event loop waited while a document of the larger size was written to its file. */
async function measureBlock(): Promise<number> {
  const { createAtifProcessor } = await import('@flow/register/sdk');
  const dir = mkdtempSync(join(tmpdir(), 'bench-atif-'));
  const processor = createAtifProcessor({ dir });
  await makeCalls(system, LARGE);
  let last = performance.now();
  let longest = 0;
  const look = (): void => {
    longest = Math.max(longest, performance.now() - last);
    last = performance.now();
  };
  const watch = setInterval(look, 1);
  await processor.forceFlush();
  look();
  clearInterval(watch);
  rmSync(dir, { recursive: true });
  return longest;
}
