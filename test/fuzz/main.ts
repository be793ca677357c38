// SPDX-License-Identifier: Apache-2.0
// Random programs over the public API, and what must hold in each: `npm run fuzz -- --cases 1000000 --seed 1`.
// Without a seed: with and without an SDK, and some of each with nobody who reads along.
import { parseArgs } from 'node:util';
import { type Plan, isWatched, runCases } from './run.ts';

const { values } = parseArgs({
  options: {
    cases: { type: 'string', default: '1000000' },
    seed: { type: 'string' },
    case: { type: 'string' },
  },
});
const cases = numberOf('cases', values.cases);
const only = values.case === undefined ? undefined : numberOf('case', values.case);
const start = Math.floor(Date.now() / 1000) * 4 + 1;
const progress = (text: string): void => console.log(`  ${text}`);

for (const plan of plans()) {
  const { seed } = plan;
  console.log(`seed ${seed}, ${seed % 2 === 0 ? 'with' : 'without'} an SDK${isWatched(seed) ? '' : ', unobserved'}`);
  const { failure, seconds, cases, events } = await runCases({ ...plan, progress });
  console.log(`  ${cases} cases, ${Math.round(cases / seconds)} cases/s, ${events} events, ${seconds.toFixed(1)} s`);
  if (failure === undefined) continue;
  console.log(`FAILED in case ${failure.case}; again: npm run fuzz -- --seed ${seed} --case ${failure.case}`);
  for (const violation of failure.violations) console.log(`- ${violation}`);
  process.exitCode = 1;
  break;
}

function plans(): readonly Plan[] {
  const seed = values.seed === undefined ? undefined : numberOf('seed', values.seed);
  if (only !== undefined) return [{ seed: seed ?? start, cases: 1, from: only }];
  if (seed !== undefined) return [{ seed, cases }];
  // Odd first: once a context manager was there, what comes after relies on it.
  const share = (part: number, seed: number): Plan => ({ seed, cases: Math.ceil(cases * part) });
  return [share(0.4, start), share(0.1, start + 2), share(0.4, start + 1), share(0.1, start + 3)];
}

function numberOf(option: string, text: string): number {
  const number = Number(text);
  if (!Number.isSafeInteger(number) || number < 0) throw new Error(`--${option} must be a whole number, not ${text}`);
  return number;
}
