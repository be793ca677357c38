// SPDX-License-Identifier: Apache-2.0
import { flow } from '../../src/api/index.ts';
import type { Dialect } from '../../src/runtime/settings.ts';
import { getRuntime } from '../../src/api/runtime.ts';
import { createApplication } from './program.ts';
import { type Random, randomOf } from './random.ts';
import { WITNESS, type Witness } from './witness.ts';

/** Every line of the event stream is checked in one case of so many. */
const SAMPLED = 40;
const DIALECTS: readonly Dialect[] = ['gen_ai', 'atof', 'openinference'];

/** Runs one case: a random program, and what must hold when it is over. Returns what did not hold. */
export async function runCase(seed: number, index: number, witness: Witness | undefined): Promise<readonly string[]> {
  const random = randomOf(seed, index);
  const before = flow.scope.current();
  const open = witness?.open.size ?? 0;
  const undo = vary(random);
  if (index % SAMPLED === 0) witness?.keepLines();
  const app = createApplication(random.fork());
  const program = random.fork();
  const isolated = random.chance(0.3);
  void app.settle('the program', () =>
    isolated ? flow.scope.isolate(() => app.steps(program, 0)) : app.steps(program, 0),
  );
  await app.end();
  const violations = [...app.violations, ...(witness?.take() ?? [])];
  if (flow.scope.current() !== before) violations.push('another scope is current after the case than before');
  const left = (witness?.open.size ?? 0) - open;
  if (left > 0 && !app.leavesOpen) violations.push(`${left} scopes have no end`);
  const others = flow.registrations().filter(({ name }) => name !== WITNESS);
  if (others.length > 0) violations.push(`registrations are left: ${others.map(({ name }) => name).join(', ')}`);
  undo();
  return violations;
}

// What is observed, and how, is none of the application's business: it must not matter.
function vary(random: Random): () => void {
  const { settings, addSink } = getRuntime().internals;
  settings.spanContent = random.chance(0.5);
  settings.dialects = new Set(DIALECTS.filter(() => random.chance(0.5)));
  return random.chance(0.2) ? addSink(() => undefined) : () => undefined;
}
