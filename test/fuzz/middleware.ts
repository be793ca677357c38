// SPDX-License-Identifier: Apache-2.0
import { type CallView, type Registrar, flow } from '../../src/api/index.ts';
import type { Application } from './application.ts';
import { thrownBy } from './errors.ts';
import { requestBody, responseBody } from './models.ts';
import { anything, quiet } from './payloads.ts';
import type { Random } from './random.ts';
import { sourceFor } from './sources.ts';
import { WITNESS } from './witness.ts';

/** What a callback of the application's does, with the numbers of the one time that it runs. */
type Act = (app: Application, random: Random, values: readonly unknown[]) => unknown;
type Next = (changed?: unknown) => Promise<unknown>;

/** Any registrar's methods, by name: those that are still to come too. */
type Adders = Readonly<Record<string, (name: string, callback: unknown, options?: unknown) => unknown>>;

const fails: Act = (app, random) => {
  throw thrownBy(app, random);
};
const rejects: Act = (app, random) => Promise.reject(thrownBy(app, random));
const returnsAnything: Act = (app, random) => anything(app, random);
const looks: Act = (app, _, [call]) => {
  const view = call as CallView;
  app.attempt('a call view', () => [view.annotated, view.scope.uuid, view.signal, view.request, view.args, view.id]);
  app.attempt('a mark of a call', () => view.mark('seen', { data: { by: view.name } }));
};
const calls: Act = (app, random) =>
  app.settle('inside of a middleware', () => app.steps(random, 2)).then(() => undefined);

const VERDICTS: readonly Act[] = [
  () => undefined,
  () => null,
  async () => undefined,
  looks,
  calls,
  (app) => app.released,
  () => 'no',
  () => ({ reason: 'no', code: 'E_NO' }),
  async () => 'later no',
  returnsAnything,
  fails,
  rejects,
];

const INTERCEPTS: readonly Act[] = [() => undefined, async () => undefined, looks, calls, (app) => app.released];
const CHANGING_INTERCEPTS: readonly Act[] = [
  returnsAnything,
  async (app, random) => anything(app, random),
  fails,
  rejects,
  (app, random) => ({ content: requestBody(app, random) }),
  () => ({ headers: { 'x-added': '1' } }),
  (_, __, [call]) => ({ annotated: (call as CallView).annotated }),
  (_, __, [call]) => ({ annotated: { ...(call as CallView).annotated, model: 'other' } }),
  (app, random, [call]) => ({ annotated: { ...(call as CallView).annotated, messages: [anything(app, random)] } }),
];

const AROUND: readonly Act[] = [
  (_, __, [, next]) => (next as Next)(),
  async (_, __, [, next]) => await (next as Next)(),
  async (app, random, [call, next]) => {
    looks(app, random, [call]);
    await app.settle('inside of an intercept', () => app.steps(random, 2));
    return (next as Next)();
  },
];
const MEDDLING_AROUND: readonly Act[] = [
  returnsAnything,
  fails,
  rejects,
  (app, random) => responseBody(app, random),
  (app, random, [, next]) => (next as Next)(anything(app, random)),
  (app, random, [, next]) => (next as Next)({ content: requestBody(app, random) }),
  async (app, _, [, next]) => {
    await app.settle('a first attempt', () => (next as Next)());
    return (next as Next)();
  },
  async (app, random, [, next]) => {
    const attempts = [1, 2, 3].map(() => quiet((next as Next)()));
    for (const attempt of attempts) void app.settle('an attempt', () => attempt);
    if (random.chance(0.5)) return Promise.race(attempts);
    const [first] = await Promise.all(attempts.map((attempt) => app.settle('an attempt', () => attempt)));
    return first?.ok === true ? first.value : 'fallback';
  },
  async (app, random, [, next]) => {
    await app.settle('what is thrown away', () => (next as Next)());
    throw thrownBy(app, random);
  },
  (app, _, [, next]) => {
    void app.settle('a late next', async () => {
      await app.released;
      await (next as Next)();
    });
    return 'early';
  },
  (app, _, [, next]) => {
    void app.settle('a next that nobody waits for', () => (next as Next)());
    return { early: true };
  },
  async (app, random, [, next]) => sourceFor(app, random, [await (next as Next)(), 1]),
];

const OBSERVERS: readonly Act[] = [
  (_, __, [payload]) => payload,
  async (_, __, [payload]) => payload,
  () => undefined,
  () => ({ 'added.by': 'fuzz', list: [1, 2] }),
  () => ({ data: { replaced: true }, metadata: { a: 1 } }),
  (_, __, [event]) => JSON.stringify(event),
  returnsAnything,
  fails,
  rejects,
  (app) => app.released,
  (app, random) => {
    app.attempt('flushSync inside of an observer', () => flow.flushSync());
    return anything(app, random);
  },
  (app) => app.settle('flush inside of an observer', () => flow.flush()),
  (app, random) =>
    // Subscribers of one delivery share a branch: what one of them pushes the next one sees.
    app.settle('inside of an observer', () => flow.scope.capture().run(() => app.steps(random, 3))),
];

const GATES: readonly Act[] = [() => undefined, () => null, () => 'out', returnsAnything, fails, rejects];

// What is kept out of events sees starts without their ends.
function sparing(gate: Act): Act {
  return (app, random, values) =>
    (values[0] as { readonly name: string }).name === WITNESS ? undefined : gate(app, random, values);
}

/** Registers something, anywhere, that does anything. */
export function registerSomething(app: Application, random: Random, owner: Registrar): void {
  const [family, adders] = random.pick<readonly ['tool' | 'llm' | 'event' | 'owner', object]>([
    ['tool', owner.tool],
    ['tool', owner.tool],
    ['llm', owner.llm],
    ['llm', owner.llm],
    ['event', owner.event],
    ['owner', { addSubscriber: owner.addSubscriber, addGate: owner.addGate }],
  ]);
  const method = random.pick(Object.keys(adders).filter((name) => name.startsWith('add')));
  const act = actFor(app, random, family, method);
  const own = random.fork();
  const callback = (...values: readonly unknown[]): unknown => act(app, own.fork(), values);
  const name = random.chance(0.1) ? 'taken' : app.name(method);
  const { value } = app.attempt(method, () => (adders as Adders)[method]?.(name, callback, optionsFor(random))) as {
    value?: never;
  };
  if (value !== undefined) app.registrations.push(value);
}

function actFor(app: Application, random: Random, family: string, method: string): Act {
  const harmless = random.chance(0.5);
  if (family === 'event' || method.startsWith('addSanitize') || method === 'addSubscriber')
    return random.pick(OBSERVERS);
  if (method === 'addGate') return sparing(random.pick(GATES));
  if (method === 'addConditionalExecution') return random.pick(VERDICTS);
  const concerned = family === 'tool' ? (['tool'] as const) : (['llm', 'stream'] as const);
  const change = (power: 'input' | 'outcome'): void => {
    for (const each of concerned) app.powers[each][power] = true;
  };
  if (method === 'addRequestIntercept') {
    if (harmless) return random.pick(INTERCEPTS);
    change('input');
    return random.pick(CHANGING_INTERCEPTS);
  }
  if (harmless) return random.pick(AROUND);
  change('input');
  change('outcome');
  // Streams of attempts that it throws away.
  if (method === 'addStreamExecutionIntercept') app.leavesOpen = true;
  return random.pick(MEDDLING_AROUND);
}

function optionsFor(random: Random): object | undefined {
  if (random.chance(0.5)) return undefined;
  return {
    priority: random.pick([-1, 0, 1, Number.POSITIVE_INFINITY]),
    breakChain: random.chance(0.3),
    replace: random.chance(0.3),
    // Never over before what it limits is released.
    ...(random.chance(0.2) ? { timeout: 60_000 } : {}),
  };
}
