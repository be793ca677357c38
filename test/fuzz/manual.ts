// SPDX-License-Identifier: Apache-2.0
import { type CallHandle, flow } from '../../src/api/index.ts';
import type { Application } from './application.ts';
import { commonOptions } from './calls.ts';
import { thrownBy } from './errors.ts';
import { headersFor, requestBody, responseBody } from './models.ts';
import { anything, isWaitedFor } from './payloads.ts';
import type { Random } from './random.ts';
import { sourceFor } from './sources.ts';

/** Options of a call of either kind. */
function callOptions(app: Application, random: Random, kind: 'tool' | 'llm'): never {
  const own =
    kind === 'tool'
      ? { args: anything(app, random) }
      : { request: { headers: headersFor(app, random), content: requestBody(app, random) } };
  return { ...commonOptions(app, random), ...own } as never;
}

/** A call that the application makes itself. */
export async function manualCall(app: Application, random: Random, depth: number): Promise<void> {
  const kind = random.pick(['tool', 'llm'] as const);
  const started = app.attempt('a start of a call', () => flow[kind].start(callOptions(app, random, kind)));
  if (!started.ok) return;
  const call = started.value as CallHandle;
  app.closers.push(() => call.ended || call.end());
  const before = flow.scope.current();
  if (random.chance(0.5))
    await app.settle('a run of a call', () => call.run(() => app.steps(random.fork(), depth + 1)));
  app.attempt('a mark', () => call.mark('mark', { data: anything(app, random) }));
  app.checkCurrent(before, 'a call by hand');
  const end = (): void => {
    if (random.chance(0.3)) call.fail(thrownBy(app, random), { result: anything(app, random) });
    else call.end({ result: anything(app, random), response: responseBody(app, random) });
  };
  if (random.chance(0.8)) app.attempt('an end of a call', end);
  if (random.chance(0.3) && call.ended && app.attempt('a second end of a call', end).ok)
    app.violated('a call could be ended twice');
}

/** A call whose values are translated, by codecs that may do anything. */
export async function typedCall(app: Application, random: Random): Promise<void> {
  const kind = random.pick(['tool', 'llm'] as const);
  const codec = {
    toJson: (value: unknown) => (random.chance(0.8) ? { value } : strange(app, random)),
    fromJson: (json: unknown) => (random.chance(0.8) ? json : strange(app, random)),
  };
  const valueCodecs = random.chance(0.1)
    ? anything(app, random)
    : { args: codec, result: codec, request: codec, response: codec, chunk: codec };
  const options = { ...(callOptions(app, random, kind) as object), valueCodecs } as never;
  await app.settle('a typed call', () =>
    (flow[kind].execute as (...values: unknown[]) => unknown)(options, () => anything(app, random)),
  );
  if (kind === 'tool') return;
  await app.settle('a typed stream', async () => {
    const stream = await flow.llm.stream(options, () => sourceFor(app, random, [1, anything(app, random)]));
    for await (const _ of stream) if (random.chance(0.2)) break;
  });
}

function strange(app: Application, random: Random): unknown {
  if (random.chance(0.5)) throw thrownBy(app, random);
  return anything(app, random);
}

/** A group of measurements, some of them right. */
export function measures(app: Application, random: Random): void {
  const value = (good: unknown): unknown => (random.chance(0.8) ? good : anything(app, random));
  const measurement = {
    name: value('fuzz.things'),
    kind: value(random.pick(['counter', 'gauge', 'histogram', 'up_down_counter'])),
    valueType: value(random.pick(['u64', 'i64', 'f64', undefined])),
    value: value(random.below(100)),
    ...(random.chance(0.3) ? { attributes: value({ a: [1, 2] }), unit: value('s'), boundaries: value([1, 2]) } : {}),
  };
  app.attempt('a metric', () => flow.scope.metric(app.name('metric'), value([measurement]) as never));
}

/** Guardrails and request intercepts without the call. */
export async function onlySteps(app: Application, random: Random): Promise<void> {
  const kind = random.pick(['tool', 'llm'] as const);
  const options = callOptions(app, random, kind) as { readonly args?: unknown };
  await app.settle('checkConditions', () => flow[kind].checkConditions(options as never));
  const settled = await app.settle('applyRequestIntercepts', () => flow[kind].applyRequestIntercepts(options as never));
  if (
    kind === 'tool' &&
    settled.ok &&
    !app.powers.tool.input &&
    !isWaitedFor(options.args) &&
    settled.value !== options.args
  )
    if (!Object.is(settled.value, options.args))
      app.violated('request intercepts changed arguments that none of them touched');
}
