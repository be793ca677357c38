// SPDX-License-Identifier: Apache-2.0
// One system and one case in a process of its own: `node bench/worker.ts <system> <case>`, then one message for each batch.
import { type SystemName, caseNamed } from './cases.ts';
import { profile } from './profile.ts';
import type { Load } from './system.ts';
import { type Batch, checkRecorded, createBatch } from './workload.ts';

/** What the parent asks for. */
export interface Order {
  readonly do: 'warm-up' | 'batch' | 'profile';
  readonly millis: number;
}
/** The cost of one call in microseconds, for an order of `batch`; or why there is none. */
export type Answer = { readonly micros: number } | { readonly error: string };

const [name, caseName] = process.argv.slice(2) as [SystemName, string];
const kase = caseNamed(caseName);
let calls = 0;
let callsPerMilli = 0;

async function start(): Promise<Batch> {
  const { load } = (await import(`./systems/${name}.ts`)) as { load: Load };
  const batch = await createBatch(kase, await load({ recording: kase.observed }));
  return (count) => {
    calls += count;
    return batch(count);
  };
}

// Growing batches until the compiler has seen enough of them; the last ones say how many calls fill a given time.
async function warmUp(batch: Batch, millis: number): Promise<void> {
  const start = performance.now();
  for (
    let count = 1;
    performance.now() - start < millis;
    count = Math.min(count * 2, Math.max(1, Math.round(callsPerMilli * 100)))
  ) {
    const before = performance.now();
    await batch(count);
    callsPerMilli = count / (performance.now() - before);
  }
  checkRecorded(name, kase, calls);
}

// Without a collection before each batch: a forced one throws away optimised code that depends on objects of which none is alive just then.
async function measure(batch: Batch, millis: number): Promise<number> {
  const count = Math.max(1, Math.round(callsPerMilli * millis));
  const before = performance.now();
  await batch(count);
  return ((performance.now() - before) * 1000) / count;
}

const starting = start();
process.on('message', (order: Order) => {
  void obey(order).then(
    (micros) => process.send?.({ micros } satisfies Answer),
    (error: unknown) =>
      process.send?.({ error: error instanceof Error ? error.message : String(error) } satisfies Answer),
  );
});

async function obey(order: Order): Promise<number> {
  const batch = await starting;
  if (order.do === 'warm-up') await warmUp(batch, order.millis);
  if (order.do === 'profile')
    await profile(`${kase.name}-${name}`, kase.chunks ?? 1, async () => {
      const before = calls;
      const end = performance.now() + order.millis;
      while (performance.now() < end) await batch(Math.max(1, Math.round(callsPerMilli * 100)));
      return calls - before;
    });
  return order.do === 'batch' ? (await measure(batch, order.millis)) / (kase.chunks ?? 1) : 0;
}
