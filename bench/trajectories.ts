// SPDX-License-Identifier: Apache-2.0
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import type { Measure, Target } from './case.ts';
import type { Pace, Participant, Samples } from './rounds.ts';
import type { TrajectoryFigures } from './trajectory-worker.ts';

export const TRAJECTORIES = 'trajectories';
export const TRAJECTORY_TITLE = 'trajectory of tool calls, 100 B';
export const TRAJECTORY_TARGETS: readonly Target[] = [
  { of: 'held', than: 'nemo-flow', atMost: 0.5, stretch: 0.3 },
  { of: 'export-10k', than: 'nemo-flow', atMost: 0.5, stretch: 0.3 },
  { of: 'export-100k', than: 'nemo-flow', atMost: 0.5, stretch: 0.3 },
  { of: 'export-100k', than: 'flow', thanOf: 'export-10k', atMost: 1.2, stretch: 1.1 },
  { of: 'block', atMost: 50, stretch: 10 },
];

const SYSTEMS = ['flow', 'nemo-flow'] as const;
/** Each takes seconds: a hundred thousand events have to be made. */
const startsOf = ({ starts }: Pace): number => Math.ceil(starts / 7);

/** What collecting and exporting trajectories costs, the systems in turn. */
export function measureTrajectories(pace: Pace): Samples {
  const runs = SYSTEMS.map((name) => ({ name, figures: [] as TrajectoryFigures[] }));
  for (let round = 0; round < startsOf(pace); round++)
    for (const run of round % 2 === 0 ? runs : runs.toReversed()) run.figures.push(runOnce(run.name));
  const samplesOf = (measure: keyof TrajectoryFigures): Map<Participant, number[]> => {
    const all = runs.map(({ name, figures }) => [name, figures.flatMap((each) => [...each[measure]])] as const);
    return new Map(all.filter(([, values]) => values.length > 0));
  };
  const measures = ['held', 'export-10k', 'export-100k', 'block'] as const satisfies readonly Measure[];
  return Object.fromEntries(measures.map((measure) => [measure, samplesOf(measure)]));
}

function runOnce(name: (typeof SYSTEMS)[number]): TrajectoryFigures {
  const inherited = Object.entries(process.env).filter(([key]) => !/^(OTEL|FLOW|NODE)_/.test(key));
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    ['--expose-gc', join(import.meta.dirname, 'trajectory-worker.ts'), name],
    { encoding: 'utf8', env: Object.fromEntries(inherited) },
  );
  if (status !== 0) throw new Error(`trajectories of ${name} ended with ${status}: ${stderr}`);
  return JSON.parse(stdout) as TrajectoryFigures;
}
