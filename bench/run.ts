// SPDX-License-Identifier: Apache-2.0
// What managed calls cost, beside plain calls, OpenTelemetry by hand and the reference runtime: `npm run bench`.
import { parseArgs } from 'node:util';
import { CASES, type SystemName, caseNamed } from './cases.ts';
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
const FULL: Pace = { rounds: 15, warmUpMillis: 1000, batchMillis: 100, starts: 21 };
const QUICK: Pace = { rounds: 7, warmUpMillis: 300, batchMillis: 30, starts: 11 };
const pace = options.quick ? QUICK : FULL;
const START_UP = 'start-up';

if (options.profile === undefined) await measure();
else await profileCase(caseNamed(options.profile), options.system as SystemName, FULL);

async function measure(): Promise<void> {
  const missing = installReference();
  if (missing !== undefined) console.error(`bench: without the reference runtime: ${missing}`);
  const chosen = (name: string): boolean => options.case.length === 0 || options.case.includes(name);
  const rows: Row[] = [];
  for (const kase of CASES.filter(({ name }) => chosen(name))) {
    const systems = kase.systems.filter((name) => name !== 'nemo-flow' || missing === undefined);
    const rounds = await measureCase(kase, systems, pace);
    rows.push(createRow(kase.title, 'us', rounds, kase.targets, kase.added === true ? 'plain' : undefined));
  }
  if (chosen(START_UP))
    rows.push(
      createRow(
        'start-up of an empty app, added to node',
        'ms',
        measureStartUp(pace),
        [{ than: 'span', atMost: 2 }],
        'node',
      ),
    );
  console.log(
    `node ${process.version}; medians of ${pace.rounds} rounds [min..max]; delivery to the subscriber included\n\n${printTable(rows)}`,
  );
  if (rows.some(({ verdicts }) => verdicts.some(({ passed }) => passed === false))) process.exitCode = 1;
}
