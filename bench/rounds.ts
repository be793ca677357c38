// SPDX-License-Identifier: Apache-2.0
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { countingProcess } from './allocation.ts';
import type { Case, Measure, SystemName } from './case.ts';
import { caseNamed } from './cases.ts';
import { quietOf } from './statistics.ts';
import type { Answer, Costs, Order } from './worker.ts';

/** How long a run takes its time. */
export interface Pace {
  readonly rounds: number;
  readonly warmUpMillis: number;
  readonly batchMillis: number;
  /** The same for a case whose rounds are processes, and the batches in each. */
  readonly apart: Pick<Pace, 'rounds' | 'warmUpMillis' | 'batchMillis'> & { readonly batches: number };
  /** Starts of each process in the start-up case, and exports of each trajectory. */
  readonly starts: number;
}

/** Who is measured: a system, or a system in another case (`flow@silent`). */
export type Participant = SystemName | `${SystemName}@${string}`;
/** Figures of each round, by what is measured and by participant: the same index is the same round. */
export type Samples = Partial<Record<Measure, Map<Participant, readonly number[]>>>;

/** How long a worker may take for one order beyond the time that the order names. */
const PATIENCE_MS = 30_000;

/** Measures a case: every participant in a process of its own, or in one for each round, one batch at a time, in an order that turns round by round. */
export async function measureTime(kase: Case, participants: readonly Participant[], pace: Pace): Promise<Samples> {
  const costs = kase.apart
    ? await measureApart(kase, participants, pace)
    : await measureRounds(kase, participants, pace, 'batch');
  return { wall: figuresOf(costs, 'wall'), cpu: figuresOf(costs, 'cpu') };
}

/** Counts what a call allocates, in processes that do nothing else. */
export async function measureAllocation(
  kase: Case,
  participants: readonly Participant[],
  pace: Pace,
): Promise<Samples> {
  return { bytes: figuresOf(await measureRounds(kase, participants, pace, 'allocate'), 'bytes') };
}

async function measureRounds(
  kase: Case,
  participants: readonly Participant[],
  { rounds, warmUpMillis, batchMillis }: Pick<Pace, 'rounds' | 'warmUpMillis' | 'batchMillis'>,
  what: 'batch' | 'allocate',
): Promise<Map<Participant, Costs[]>> {
  const millis = batchMillis * (kase.batchFactor ?? 1);
  const workers = participants.map((name) => ({ name, costs: [] as Costs[], process: startWorker(name, kase, what) }));
  try {
    for (const worker of workers) await give(worker.process, { do: 'warm-up', millis: warmUpMillis });
    for (let round = 0; round < rounds; round++)
      for (const worker of round % 2 === 0 ? workers : workers.toReversed())
        worker.costs.push(await give(worker.process, { do: what, millis }));
    return new Map(workers.map(({ name, costs }) => [name, costs]));
  } finally {
    for (const worker of workers) worker.process.kill('SIGKILL');
  }
}

async function measureApart(
  kase: Case,
  participants: readonly Participant[],
  pace: Pick<Pace, 'apart'>,
): Promise<Map<Participant, Costs[]>> {
  const costs = new Map(participants.map((name) => [name, [] as Costs[]]));
  const { apart } = pace;
  for (let round = 0; round < apart.rounds; round++) {
    const batches = await measureRounds(kase, participants, { ...apart, rounds: apart.batches }, 'batch');
    for (const [name, all] of batches) costs.get(name)?.push(quietCosts(all));
  }
  return costs;
}

/** What a call costs in one process when the machine leaves it alone. */
function quietCosts(batches: readonly Costs[]): Costs {
  const quiet = (measure: 'wall' | 'cpu'): number => quietOf(batches.map((each) => each[measure] ?? Number.NaN));
  return { wall: quiet('wall'), cpu: quiet('cpu') };
}

const figuresOf = (costs: Map<Participant, Costs[]>, measure: keyof Costs): Map<Participant, number[]> =>
  new Map([...costs].map(([name, rounds]) => [name, rounds.map((each) => each[measure] ?? Number.NaN)]));

/** Warms a system up in a case and lets it print its profile. */
export async function profileCase(kase: Case, system: SystemName, pace: Pace, save: boolean): Promise<void> {
  const worker = startWorker(system, kase, 'profile');
  try {
    await give(worker, { do: 'warm-up', millis: pace.warmUpMillis });
    await give(worker, { do: 'profile', millis: pace.rounds * pace.batchMillis, save });
  } finally {
    worker.kill('SIGKILL');
  }
}

function startWorker(participant: Participant, kase: Case, what: Order['do']): ChildProcess {
  const [system = '', other] = participant.split('@');
  const { name } = other === undefined ? kase : caseNamed(other);
  const inherited = Object.entries(process.env).filter(([key]) => !/^(OTEL|FLOW|NODE|OPENAI|ANTHROPIC)_/.test(key));
  const counting = what === 'allocate' ? countingProcess(`${system}-${name}`) : { execArgv: [], env: {} };
  // A middleware that a collection held up for a millisecond is reported as slow; that is no news here.
  const env = { ...Object.fromEntries(inherited), FLOW_LOG: 'error', ...counting.env };
  return fork(join(import.meta.dirname, 'worker.ts'), [system, name], { execArgv: counting.execArgv, env });
}

async function give(worker: ChildProcess, order: Order): Promise<Costs> {
  const ended = new AbortController();
  const signal = AbortSignal.any([ended.signal, AbortSignal.timeout(order.millis + PATIENCE_MS)]);
  const answer = once(worker, 'message', { signal });
  worker.send(order);
  const [first] = (await Promise.race([
    answer,
    once(worker, 'exit', { signal }).then(() => [{ error: 'the process ended' }]),
  ])
    .catch(() => [{ error: 'no answer' }])
    .finally(() => ended.abort())) as [Answer];
  if ('error' in first) throw new Error(`${worker.spawnargs.slice(-2).join(' ')}: ${first.error}`);
  return first;
}
