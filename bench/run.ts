// SPDX-License-Identifier: Apache-2.0
// What managed calls cost, beside plain calls, OpenTelemetry by hand, its instrumentations and the native runtimes: `npm run bench`.
import { parseArgs } from 'node:util';
import { buildCounter } from './allocation.ts';
import { type Case, FROM_PEERS, SYSTEMS, type SystemName } from './case.ts';
import { CASES, caseNamed } from './cases.ts';
import { installPeers } from './peers.ts';
import { saveRow } from './results.ts';
import { type Pace, type Participant, measureAllocation, measureTime, profileCase } from './rounds.ts';
import { START_UP, START_UP_TARGETS, START_UP_TITLE, measureStartUp } from './start-up.ts';
import { UNUSED, UNUSED_TARGETS, UNUSED_TITLE, measureUnused } from './unused.ts';
import { type Row, createRow, outcomeOf, printTable } from './table.ts';
import { TRAJECTORIES, TRAJECTORY_TARGETS, TRAJECTORY_TITLE, measureTrajectories } from './trajectories.ts';

const { values: options } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    only: { type: 'string', multiple: true, default: [] },
    save: { type: 'boolean', default: false },
    profile: { type: 'string' },
    system: { type: 'string', default: 'flow' },
  },
});
// Less warming up would measure the compiler, which takes some thousand calls until it has seen all of a client and of what is added to it.
const FULL: Pace = {
  rounds: 15,
  warmUpMillis: 2000,
  batchMillis: 100,
  apart: { rounds: 3, warmUpMillis: 7000, batchMillis: 100, batches: 8 },
  starts: 21,
};
const QUICK: Pace = {
  rounds: 9,
  warmUpMillis: 1200,
  batchMillis: 50,
  apart: { rounds: 3, warmUpMillis: 1600, batchMillis: 80, batches: 5 },
  starts: 9,
};
const pace = options.quick ? QUICK : FULL;

if (options.profile === undefined) await measureAll();
else await profileCase(caseNamed(options.profile), systemNamed(options.system), FULL, options.save);

async function measureAll(): Promise<void> {
  const missing = installPeers();
  if (missing !== undefined) console.error(`bench: without peers: ${missing}`);
  const uncounted = buildCounter();
  if (uncounted !== undefined) console.error(`bench: native allocations are not counted: ${uncounted}`);
  const rows: Row[] = [];
  for (const measure of chosen(missing === undefined)) {
    const row = await measure();
    if (options.save) saveRow(row);
    rows.push(row);
    console.error(`bench: ${row.title}`);
  }
  console.log(
    `node ${process.version}; medians of ${pace.rounds} rounds, or of ${pace.apart.rounds} processes each [min..max]\n\n${printTable(rows)}`,
  );
  if (rows.some(({ verdicts }) => verdicts.some((verdict) => outcomeOf(verdict) === 'MISSED'))) process.exitCode = 1;
}

/** The rows that `--only` names, else all. */
function chosen(peers: boolean): readonly (() => Promise<Row>)[] {
  const all = new Map<string, () => Promise<Row>>(CASES.map((kase) => [kase.name, () => measureCase(kase, peers)]));
  all.set(START_UP, async () =>
    createRow(START_UP, START_UP_TITLE, measureStartUp(pace, peers), START_UP_TARGETS, 'node'),
  );
  all.set(UNUSED, async () => createRow(UNUSED, UNUSED_TITLE, measureUnused(pace), UNUSED_TARGETS));
  if (peers)
    all.set(TRAJECTORIES, async () =>
      createRow(TRAJECTORIES, TRAJECTORY_TITLE, measureTrajectories(pace), TRAJECTORY_TARGETS),
    );
  return options.only.length === 0
    ? [...all.values()]
    : options.only.map((name) => all.get(name) ?? unknown(name, all));
}

function unknown(name: string, all: ReadonlyMap<string, unknown>): never {
  throw new Error(`no case '${name}'; there are ${[...all.keys()].join(', ')}`);
}

async function measureCase(kase: Case, peers: boolean): Promise<Row> {
  const demanded = kase.targets.filter(({ atMost }) => atMost !== undefined);
  // Quick runs measure only what has a target.
  const targets = options.quick && demanded.length > 0 ? demanded : kase.targets;
  const needed = new Set<string>(['flow', ...(kase.added ? ['plain'] : []), ...targets.map(({ than }) => than ?? '')]);
  const systems = kase.systems.filter(
    (name) => (!options.quick || needed.has(name)) && (peers || !FROM_PEERS.includes(name)),
  );
  const others = targets.flatMap(({ than, thanCase }): Participant[] =>
    than === undefined || thanCase === undefined ? [] : [`${than}@${thanCase}`],
  );
  const samples = await measureTime(kase, [...systems, ...others], pace);
  const counted = kase.allocation === true ? await measureAllocation(kase, systems, pace) : {};
  return createRow(kase.name, kase.title, { ...samples, ...counted }, targets, kase.added ? 'plain' : undefined);
}

function systemNamed(name: string): SystemName {
  if (!(name in SYSTEMS)) throw new Error(`no system '${name}'; there are ${Object.keys(SYSTEMS).join(', ')}`);
  return name as SystemName;
}
