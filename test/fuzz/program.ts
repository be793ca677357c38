// SPDX-License-Identifier: Apache-2.0
import { context, trace } from '@opentelemetry/api';
import { flow } from '../../src/api/index.ts';
import { Application } from './application.ts';
import { modelCall, toolCall } from './calls.ts';
import { manualCall, measures, onlySteps, typedCall } from './manual.ts';
import { registerSomething } from './middleware.ts';
import { misuse } from './misuse.ts';
import { anything } from './payloads.ts';
import type { Random } from './random.ts';
import { SCOPE_STEPS } from './scopes.ts';
import { streamCall } from './streams.ts';

type Step = (app: Application, random: Random, depth: number) => unknown;

const MAX_DEPTH = 4;

const marks: Step = (app, random) =>
  app.attempt('a mark', () =>
    flow.scope.mark(app.name('mark'), {
      data: anything(app, random),
      ...(random.chance(0.3) && app.handles.length > 0 ? { scope: random.pick(app.handles) } : {}),
      ...(random.chance(0.2) ? { category: 'custom', severity: 'warn' } : {}),
    }),
  );

const registers: Step = (app, random) => {
  const owner = random.pick([flow, flow, flow.scope.current(), ...app.handles.slice(-1)]);
  registerSomething(app, random, owner);
};

const unregisters: Step = (app, random) => {
  if (app.registrations.length > 0) random.pick(app.registrations).remove();
};

const flushes: Step = (app, random) => {
  if (random.chance(0.5)) app.attempt('flushSync', () => flow.flushSync());
  // Not waited for: inside of what it waits for it would only settle when the case ends.
  else void app.settle('flush', () => flow.flush());
};

const ownSpan: Step = (app, random, depth) => {
  const span = trace.getTracer('fuzz').startSpan('own');
  const within = trace.setSpan(context.active(), span);
  return app
    .settle('an own span', () => context.with(within, () => app.steps(random.fork(), depth + 1)))
    .finally(() => span.end());
};

const looksAround: Step = (app) =>
  app.attempt('a look', () => [flow.registrations(), flow.lastDiagnostic(), flow.scope.current().metadata]);

const STEPS: readonly Step[] = [
  toolCall,
  toolCall,
  toolCall,
  modelCall,
  modelCall,
  streamCall,
  streamCall,
  streamCall,
  manualCall,
  typedCall,
  onlySteps,
  measures,
  registers,
  registers,
  registers,
  unregisters,
  marks,
  flushes,
  ownSpan,
  looksAround,
  misuse,
  misuse,
  ...SCOPE_STEPS,
];

/** An application that runs a random program; what it does at each place follows from the numbers alone. */
export function createApplication(random: Random): Application {
  const steps = async (random: Random, depth: number): Promise<void> => {
    if (depth > MAX_DEPTH || app.budget <= 0) return;
    const before = flow.scope.current();
    const count = 1 + random.below(3);
    const work = (): unknown => {
      if (app.budget-- <= 0) return undefined;
      return random.pick(STEPS)(app, random.fork(), depth);
    };
    if (random.chance(0.15)) {
      // Side by side: each in a branch of its own, or they would see each other's pushes.
      await Promise.all(Array.from({ length: count }, () => flow.scope.capture().run(work)));
      return;
    }
    for (let step = 0; step < count; step++) {
      await work();
      if (random.chance(0.1)) await new Promise((resolve) => void setImmediate(resolve));
    }
    app.checkCurrent(before, 'some steps');
  };
  const app: Application = new Application(random, steps);
  return app;
}
