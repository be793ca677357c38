// SPDX-License-Identifier: Apache-2.0
// What managed calls cost, beside plain calls, OpenTelemetry by hand and the reference runtime: `npm run bench`.
import { parseArgs } from 'node:util';
import { CASES, type Case, SYSTEMS, type SystemName, type Target, caseNamed } from './cases.ts';
import { installReference } from './reference.ts';
import { type Pace, measureCase, profileCase } from './rounds.ts';
import { measureStartUp } from './start-up.ts';
import { type Row, createRow, printTable } from './table.ts';

const { values: options } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    case: { type: 'string', multiple: true, default: [] },
    profile: { type: 'string' },
    system: { type: 'string', default: 'flow' },
  },
});
const FULL: Pace = { rounds: 15, warmUpMillis: 2000, batchMillis: 100, starts: 21 };
// Less warming up would measure the compiler.
const QUICK: Pace = { rounds: 9, warmUpMillis: 1200, batchMillis: 50, starts: 11 };
const START_UP = 'start-up';
const START_UP_TARGETS: readonly Target[] = [{ than: 'span', atMost: 2 }];

if (options.profile === undefined) await measureAll(options.quick ? QUICK : FULL);
else await profileCase(caseNamed(options.profile), systemNamed(options.system), FULL);

async function measureAll(pace: Pace): Promise<void> {
  const missing = installReference();
  if (missing !== undefined) console.error(`bench: without the reference runtime: ${missing}`);
  const rows: Row[] = [];
  for (const kase of chosenCases()) {
    const systems = kase.systems.filter((name) => name !== 'nemo-flow' || missing === undefined);
    const rounds = await measureCase(kase, systems, pace);
    rows.push(createRow(kase.title, 'us', rounds, kase.targets, kase.added === true ? 'plain' : undefined));
  }
  if (options.case.length === 0 || options.case.includes(START_UP))
    rows.push(createRow('start-up, empty app, added to node', 'ms', measureStartUp(pace), START_UP_TARGETS, 'node'));
  const head = `node ${process.version}; medians of ${pace.rounds} rounds [min..max], delivery to the subscriber included`;
  console.log(`${head}\n\n${printTable(rows)}`);
  if (rows.some(({ verdicts }) => verdicts.some(({ passed }) => passed === false))) process.exitCode = 1;
}

/** Those that `--case` names; with `--quick` those that have something to pass. */
function chosenCases(): readonly Case[] {
  if (options.case.length > 0) return options.case.filter((name) => name !== START_UP).map(caseNamed);
  return options.quick ? CASES.filter(({ targets }) => targets.some(({ atMost }) => atMost !== undefined)) : CASES;
}

function systemNamed(name: string): SystemName {
  const found = SYSTEMS.find((each) => each === name);
  if (found === undefined) throw new Error(`no system '${name}'; there are ${SYSTEMS.join(', ')}`);
  return found;
}
