// SPDX-License-Identifier: Apache-2.0
import fc from 'fast-check';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';

import { flow } from '../../src/api/index.ts';
import { startTracing, type Tracing } from '../projections/tracing.ts';
import { type Recorder, startRecorder } from './recorder.ts';

let tracing: Tracing;
beforeAll(() => {
  tracing = startTracing();
});
afterAll(() => tracing.stop());

let recorder: Recorder;
beforeEach(() => {
  recorder = startRecorder();
});
afterEach(() => {
  recorder.stop();
  tracing.take();
});

const fail = (): never => {
  throw new Error('hostile');
};
const trap = new Proxy(
  {},
  {
    get: (_, name) =>
      name === 'get' ||
      name === 'has' ||
      name === 'ownKeys' ||
      name === 'getPrototypeOf' ||
      name === 'getOwnPropertyDescriptor'
        ? fail
        : undefined,
  },
);
const getter = (name: string, base: object = {}): object =>
  Object.defineProperty(base, name, { enumerable: true, get: fail });

/** Made only when they are needed: the test runner itself reads what it is given. */
const hostile: Readonly<Record<string, () => unknown>> = {
  'a proxy that throws whatever is done with it': () => new Proxy({}, trap),
  'a function proxy that throws': () => new Proxy(() => undefined, trap),
  'a revoked proxy': () => {
    const { proxy, revoke } = Proxy.revocable({}, {});
    revoke();
    return proxy;
  },
  'getters that throw': () =>
    ['model', 'messages', 'headers', 'then', 'choices', 'usage', 'toJSON'].reduce(
      (object, name) => (name === 'then' ? object : getter(name, object)),
      {},
    ),
  'messages that throw': () => ({ model: 'm', messages: [getter('role'), getter('content', { role: 'user' })] }),
  'messages that cannot be walked': () => ({
    model: 'm',
    messages: new Proxy([], {
      get: (target, name) => (name === 'length' ? 3 : name === Symbol.iterator ? fail() : Reflect.get(target, name)),
    }),
  }),
  'a response that throws': () => ({ choices: [getter('message')], usage: getter('prompt_tokens') }),
  'a Map, a Set, a symbol and a BigInt': () => ({ all: [new Map([[{}, 1]]), new Set([1n]), Symbol('s'), 1n] }),
  'a cycle': () => {
    const own: Record<string, unknown> = { model: 'm' };
    own['messages'] = [own];
    return own;
  },
};

/** Puts the value wherever one can be given, and checks that it comes out as it went in. */
async function useEverywhere(value: unknown): Promise<void> {
  const same = (given: unknown): void => {
    if (!Object.is(given, value)) throw new Error('a value was replaced');
  };
  const wrapped = { value };
  expect(await flow.tool.execute({ name: 't', args: wrapped }, (args) => args)).toBe(wrapped);
  await flow.tool.execute({ name: 't', args: value, data: value }, (args, call) => {
    same(args);
    same(call.args);
    call.mark('m', { data: value });
    call.annotate(value as never);
  });
  await flow.llm.execute({ name: 'l', request: { content: value } }, (request) => same(request.content));
  if (typeof value === 'object' && value !== null)
    await flow.llm.execute({ name: 'l', request: { headers: value as never, content: 1 } }, (request) =>
      same(request.headers),
    );
  for await (const chunk of await flow.llm.stream({ name: 'l', request: { content: value } }, async function* chunks() {
    yield wrapped;
  }))
    expect(chunk).toBe(wrapped);
  flow.scope.run('s', { input: value, data: value, metadata: wrapped, type: 'agent' }, (scope) => {
    scope.mark('m', { data: value, metadata: wrapped, category: 'custom', profile: wrapped as never });
  });
  flow.scope.start('s').end({ output: value, metadata: wrapped });
  await expect(flow.tool.execute({ name: 't', args: 1 }, () => Promise.reject(value))).rejects.toSatisfy((error) =>
    Object.is(error, value),
  );
}

/** The spans that {@link useEverywhere} makes at least. */
const SPANS = 7;

describe('no value breaks a call, a scope or the stream of events:', () => {
  it.each(Object.entries(hostile))('%s', async (_, make) => {
    await useEverywhere(make());
    expect((await recorder.take()).length).toBeGreaterThan(2 * SPANS);
    expect(tracing.take().length).toBeGreaterThanOrEqual(SPANS);
  });

  it('a subscriber whose members cannot be read is called like any other', async () => {
    const seen: string[] = [];
    const subscriber = flow.addSubscriber(
      'trap',
      new Proxy(({ name }: { name: string }) => void seen.push(name), trap),
    );
    flow.scope.mark('m');
    expect((await recorder.take()).map(({ name }) => name)).toEqual(['m']);
    subscriber.remove();
    expect(seen).toEqual(['m']);
  });

  it('anything else', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.anything({
          withBigInt: true,
          withMap: true,
          withSet: true,
          withDate: true,
          withTypedArray: true,
          withSparseArray: true,
          withNullPrototype: true,
          withBoxedValues: true,
        }),
        async (value) => {
          await useEverywhere(value);
          await recorder.take();
          expect(tracing.take().length).toBeGreaterThanOrEqual(SPANS);
        },
      ),
      { numRuns: 100 },
    );
  });
});
