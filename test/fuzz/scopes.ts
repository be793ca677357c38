// SPDX-License-Identifier: Apache-2.0
import { type ScopeHandle, flow } from '../../src/api/index.ts';
import type { Application, Settled } from './application.ts';
import { thrownBy } from './errors.ts';
import { anything, isWaitedFor, payload } from './payloads.ts';
import type { Random } from './random.ts';

type Step = (app: Application, random: Random, depth: number) => unknown;

const TYPES = ['agent', 'function', 'tool', 'llm', 'retriever', 'guardrail', 'custom', 'unknown'];

function optionsFor(app: Application, random: Random): object {
  const options: Record<string, unknown> = {};
  if (random.chance(0.3)) options['type'] = random.pick(TYPES);
  if (random.chance(0.2)) options['subtype'] = 'sub';
  if (random.chance(0.3)) options['input'] = anything(app, random);
  if (random.chance(0.2)) options['data'] = anything(app, random);
  if (random.chance(0.2)) options['metadata'] = { a: payload(app, random), 'otel.status_code': 1 };
  if (random.chance(0.1)) options['attributes'] = ['parallel', 'own.flag'];
  if (random.chance(0.1) && app.handles.length > 0) options['parent'] = random.pick(app.handles);
  if (random.chance(0.1)) options['time'] = Date.now() * 1000 - random.below(1_000_000);
  return options;
}

/** A scope around anything: what the function returns or throws is what comes out, and inside of it the scope is current. */
export async function runScope(app: Application, random: Random, depth: number): Promise<void> {
  const before = flow.scope.current();
  let scope: ScopeHandle | undefined;
  let threw: { readonly error: unknown } | undefined;
  let returned: unknown;
  const finish = (): unknown => {
    if (random.chance(0.2)) {
      threw = { error: thrownBy(app, random) };
      throw threw.error;
    }
    returned = anything(app, random);
    // The scope of a generator ends with it, and nobody reads this one.
    if (isStream(returned)) app.leavesOpen = true;
    return returned;
  };
  const body = async (): Promise<unknown> => {
    await app.steps(random.fork(), depth + 1);
    return finish();
  };
  const later = random.chance(0.6);
  const settled = app.attempt('a scope', () =>
    flow.scope.run(app.name('scope'), optionsFor(app, random), (handle) => {
      scope = handle;
      app.handles.push(handle);
      if (flow.scope.current() !== handle) app.violated('inside of its run a scope is not current');
      if (random.chance(0.1)) flow.scope.push(app.name('left pushed'));
      return later ? body() : finish();
    }),
  );
  app.checkCurrent(before, 'a run');
  const outcome = settled.ok ? await app.settle('a scope', () => settled.value) : settled;
  if (later || !settled.ok) checkSame(app, outcome, returned, threw);
  else if (!isPromiseLike(returned) && !Object.is(settled.value, returned))
    app.violated('a scope returned something else than its function');
  if (scope?.ended === false && !isPromiseLike(returned)) app.violated('a scope is open after what it ran has settled');
}

function checkSame(
  app: Application,
  outcome: Settled,
  returned: unknown,
  threw: { readonly error: unknown } | undefined,
): void {
  if (threw !== undefined) {
    if (outcome.ok || !Object.is(outcome.error, threw.error)) app.violated("a scope replaced its function's error");
  } else if (!isWaitedFor(returned) && (!outcome.ok || !Object.is(outcome.value, returned)))
    app.violated("a scope replaced its function's result", outcome.ok ? '' : outcome.error);
}

// What a scope stays open for: it may hand out another of the same outcome.
function isPromiseLike(value: unknown): boolean {
  return (
    isWaitedFor(value) || (typeof value === 'object' && value !== null && Symbol.iterator in value) || isStream(value)
  );
}

const isStream = (value: unknown): boolean =>
  typeof value === 'object' && value !== null && Symbol.asyncIterator in value;

const startScope: Step = async (app, random, depth) => {
  const { value } = app.attempt('a start', () => flow.scope.start(app.name('started'), optionsFor(app, random))) as {
    value?: ScopeHandle;
  };
  if (value === undefined) return;
  app.handles.push(value);
  app.closers.push(() => value.ended || value.end());
  const before = flow.scope.current();
  if (random.chance(0.5))
    await app.settle('a run of a scope', () => value.run(() => app.steps(random.fork(), depth + 1)));
  if (random.chance(0.3)) app.attempt('a mark', () => value.mark('mark', { data: anything(app, random) }));
  app.checkCurrent(before, 'a start');
  if (random.chance(0.2)) return;
  const end = (): void =>
    random.chance(0.7) ? value.end({ output: anything(app, random) }) : value.fail(thrownBy(app, random));
  app.attempt('an end', end);
  if (!value.ended) app.violated('a scope is open after its end');
  const again = app.attempt('a second end', end);
  if (again.ok || (again.error as { code?: unknown }).code !== 'FLOW_SCOPE_CLOSED')
    app.violated('a scope could be ended twice');
};

const pushScopes: Step = async (app, random, depth) => {
  const pushed = Array.from({ length: 1 + random.below(3) }, () =>
    flow.scope.push(app.name('pushed'), { input: payload(app, random) }),
  );
  app.handles.push(...pushed);
  app.closers.push(() => pushed.forEach((each) => each.ended || each.end()));
  if (random.chance(0.3)) await app.steps(random.fork(), depth + 1);
  if (random.chance(0.2)) app.attempt('a pop of another', () => flow.scope.pop(random.pick(app.handles)));
  for (const each of pushed.toReversed()) app.attempt('a pop', () => flow.scope.pop(each));
  for (const each of pushed.toReversed()) if (!each.ended) each.end();
};

const isolated: Step = (app, random, depth) =>
  app.settle('an isolate', () => flow.scope.isolate(() => app.steps(random.fork(), depth + 1)));

const captured: Step = async (app, random, depth) => {
  const capture = flow.scope.capture();
  void app.settle('a captured place', async () => {
    if (random.chance(0.5)) await app.released;
    await capture.run(() => app.steps(random.fork(), depth + 1));
  });
};

const elsewhere: Step = async (app, random, depth) => {
  const headers = random.chance(0.8)
    ? flow.scope.inject({})
    : { baggage: payload(app, random), traceparent: payload(app, random) };
  await app.settle('an extract', () => flow.scope.extract(headers, () => app.steps(random.fork(), depth + 1)));
};

const generates: Step = async (app, random, depth) => {
  const own = random.fork();
  const generator = app.attempt('a scope of a generator', () =>
    flow.scope.run(app.name('generator'), async function* generate(scope) {
      for (let step = 0; step < own.below(3); step++) {
        await app.steps(own.fork(), depth + 1);
        if (flow.scope.current() !== scope) app.violated('a step of a generator runs outside of its scope');
        yield step;
      }
      if (own.chance(0.2)) throw thrownBy(app, own);
    }),
  );
  if (!generator.ok) return;
  await app.settle('a generator', async () => {
    for await (const _ of generator.value as AsyncIterable<unknown>) if (random.chance(0.3)) break;
  });
};

/** What a program does with scopes. */
export const SCOPE_STEPS: readonly Step[] = [
  runScope,
  runScope,
  runScope,
  startScope,
  pushScopes,
  isolated,
  captured,
  elsewhere,
  generates,
];
