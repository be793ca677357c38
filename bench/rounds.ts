// SPDX-License-Identifier: Apache-2.0
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { Case, SystemName } from './cases.ts';
import type { Answer, Order } from './worker.ts';

/** How long a run takes its time. */
export interface Pace {
  readonly rounds: number;
  readonly warmUpMillis: number;
  readonly batchMillis: number;
  /** Starts of each process in the start-up case. */
  readonly starts: number;
}

/** Cost per call in each round, by system: the same index is the same round. */
export type Rounds = ReadonlyMap<SystemName | 'node', readonly number[]>;

/** Measures a case: every system in a process of its own, one batch at a time, in an order that turns round by round. */
export async function measureCase(kase: Case, systems: readonly SystemName[], pace: Pace): Promise<Rounds> {
  const workers = systems.map((name) => ({ name, costs: [] as number[], process: startWorker(name, kase) }));
  try {
    for (const worker of workers) await give(worker.process, { do: 'warm-up', millis: pace.warmUpMillis });
    for (let round = 0; round < pace.rounds; round++)
      for (const worker of round % 2 === 0 ? workers : workers.toReversed())
        worker.costs.push(await give(worker.process, { do: 'batch', millis: pace.batchMillis }));
    return new Map(workers.map(({ name, costs }) => [name, costs]));
  } finally {
    for (const worker of workers) worker.process.kill('SIGKILL');
  }
}

/** Warms a system up in a case and lets it print its profile. */
export async function profileCase(kase: Case, system: SystemName, pace: Pace): Promise<void> {
  const worker = startWorker(system, kase);
  try {
    await give(worker, { do: 'warm-up', millis: pace.warmUpMillis });
    await give(worker, { do: 'profile', millis: pace.rounds * pace.batchMillis });
  } finally {
    worker.kill('SIGKILL');
  }
}

function startWorker(name: SystemName, kase: Case): ChildProcess {
  const inherited = Object.entries(process.env).filter(([key]) => !/^(OTEL|FLOW|NODE|OPENAI)_/.test(key));
  // A middleware that a collection held up for a millisecond is reported as slow; that is no news here.
  const env = { ...Object.fromEntries(inherited), FLOW_LOG: 'error' };
  return fork(join(import.meta.dirname, 'worker.ts'), [name, kase.name], { execArgv: [], env });
}

async function give(worker: ChildProcess, order: Order): Promise<number> {
  const ended = new AbortController();
  worker.send(order);
  const [first] = (await Promise.race([
    once(worker, 'message', { signal: ended.signal }),
    once(worker, 'exit', { signal: ended.signal }).then(() => [{ error: 'the process ended' }]),
  ]).finally(() => ended.abort())) as [Answer];
  if ('error' in first) throw new Error(`${worker.spawnargs.slice(-2).join(' ')}: ${first.error}`);
  return first.micros;
}
