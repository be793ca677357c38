// SPDX-License-Identifier: Apache-2.0
// One system and one case in a process of its own: `node bench/worker.ts <system> <case>`, then one message for each batch.
import type { SystemName } from './case.ts';
import { caseNamed } from './cases.ts';
import { allocatedBytes } from './allocation.ts';
import { profile } from './profile.ts';
import type { Load } from './system.ts';
import { type Batch, checkRecorded, createBatch } from './workload.ts';

/** What the parent asks for. */
export interface Order {
  readonly do: 'warm-up' | 'batch' | 'profile' | 'allocate';
  readonly millis: number;
  /** The profile's phases are kept as a result. */
  readonly save?: boolean;
}
/** Costs per call, or per chunk, as far as the order asks for them. */
export interface Costs {
  /** Microseconds. */
  readonly wall?: number;
  /** Microseconds, of all threads. */
  readonly cpu?: number;
  readonly bytes?: number;
}
export type Answer = Costs | { readonly error: string };

const [name, caseName] = process.argv.slice(2) as [SystemName, string];
const kase = caseNamed(caseName);
/** Times as long as it was meant to a warm-up takes at most. */
const MOST_WAITING = 4;
const units = kase.chunks ?? 1;
let calls = 0;
let callsPerMilli = 0;

async function start(): Promise<Batch> {
  const { load } = (await import(`./systems/${name}.ts`)) as { load: Load };
  const system = await load({ recording: kase.recording === true, content: kase.content === true });
  const batch = await createBatch(kase, system);
  return (count) => {
    calls += count;
    return batch(count);
  };
}

const callsIn = (millis: number): number => {
  const whole = kase.concurrency ?? 1;
  return Math.max(1, Math.round((callsPerMilli * millis) / whole)) * whole;
};

// Growing batches until the compiler has seen enough of them; the last ones say how many calls fill a given time. By CPU time, which a busy
// machine gives more slowly; within bounds, as some systems wait more than they work.
async function warmUp(batch: Batch, millis: number): Promise<void> {
  const start = performance.now();
  const loaded = process.cpuUsage();
  const enough = (): boolean =>
    performance.now() - start > millis * (process.cpuUsage(loaded).user / 1000 > millis ? 1 : MOST_WAITING);
  for (let count = kase.concurrency ?? 1; !enough(); count = Math.min(count * 2, callsIn(100))) {
    const before = performance.now();
    await batch(count);
    callsPerMilli = count / (performance.now() - before);
  }
  checkRecorded(name, kase, calls);
}

// Without a collection before each batch: a forced one throws away optimised code that depends on objects of which none is alive just then.
async function measure(batch: Batch, millis: number): Promise<Costs> {
  const count = callsIn(millis);
  const cpu = process.cpuUsage();
  const before = performance.now();
  await batch(count);
  const wall = (performance.now() - before) * 1000;
  const { user, system } = process.cpuUsage(cpu);
  return { wall: wall / count / units, cpu: (user + system) / count / units };
}

async function obey({ do: what, millis, save = false }: Order): Promise<Costs> {
  const batch = await starting;
  if (what === 'warm-up') await warmUp(batch, millis);
  if (what === 'batch') return measure(batch, millis);
  if (what === 'allocate') {
    const count = Math.min(callsIn(millis), 500);
    return { bytes: (await allocatedBytes(() => batch(count))) / count / units };
  }
  if (what === 'profile')
    await profile(`${kase.name}-${name}`, units, save, async () => {
      const before = calls;
      const end = performance.now() + millis;
      while (performance.now() < end) await batch(callsIn(100));
      return calls - before;
    });
  return {};
}

const starting = start();
process.on('message', (order: Order) => {
  void obey(order).then(
    (costs) => process.send?.(costs satisfies Answer),
    (error: unknown) =>
      process.send?.({ error: error instanceof Error ? error.message : String(error) } satisfies Answer),
  );
});
