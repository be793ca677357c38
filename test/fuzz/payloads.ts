// SPDX-License-Identifier: Apache-2.0
import type { Application } from './application.ts';
import { thrownBy, trap, unreadable } from './errors.ts';
import type { Random } from './random.ts';

type Make = (app: Application, random: Random, depth: number) => unknown;

class Point {
  readonly #hidden = 1;
  readonly x: unknown;
  constructor(x: unknown) {
    this.x = x;
  }
  get hidden(): number {
    return this.#hidden;
  }
}

const PLAIN: readonly Make[] = [
  () => ({}),
  () => ({ a: 1, b: 'two', c: [true, null] }),
  (app, random, depth) => ({ one: payload(app, random, depth + 1), two: payload(app, random, depth + 1) }),
  (app, random, depth) => [payload(app, random, depth + 1), payload(app, random, depth + 1)],
  () => 'text',
  () => 0,
  () => undefined,
  () => null,
  (_, random) => random.below(1000) / 7,
  () => true,
];

const ODD: readonly Make[] = [
  () => Number.NaN,
  () => -0,
  () => Number.POSITIVE_INFINITY,
  () => '',
  () => '\ud800 half \udc00\u0000',
  () => 2n ** 70n,
  () => Symbol('symbol'),
  () => Symbol.iterator,
  () => () => 1,
  // oxlint-disable-next-line typescript/no-extraneous-class -- a function that cannot be called
  () => class {},
  () => new Date(0),
  () => new Date(Number.NaN),
  () => /re/g,
  () => new URL('https://user:secret@host/path'),
  (app, random, depth) =>
    new Map<unknown, unknown>([
      ['key', payload(app, random, depth + 1)],
      [{}, 1],
    ]),
  (app, random, depth) => new Set([payload(app, random, depth + 1)]),
  () => new WeakMap(),
  () => new Uint8Array(3),
  () => new Float64Array([Number.NaN]).buffer,
  () => new DataView(new ArrayBuffer(2)),
  (app, random, depth) => new Point(payload(app, random, depth + 1)),
  () => Object.freeze({ deep: Object.freeze([Object.freeze({})]) }),
  () => Object.assign(Object.create(null) as object, { a: 1 }),
  () => JSON.parse('{"__proto__":{"polluted":true},"constructor":1,"toString":2,"hasOwnProperty":3}') as unknown,
  () => Object(1n) as unknown,
  () => Object('boxed') as unknown,
  // oxlint-disable-next-line no-sparse-arrays -- one of the things that come
  () => [1, , 3],
  () => Object.assign([], { length: 12_000 }),
  () => Object.assign([1, 2], { extra: true }),
  () => ({ [Symbol('key')]: 1, '\ud800': 1, '': 1 }),
  () => new Error('as a value'),
  () => Object.freeze(new TypeError('frozen')),
  () => [1, 2].values(),
  () => streamOfNumbers(),
  () => new AbortController().signal,
  () => Buffer.from('buffer'),
  () => {
    const own: Record<string, unknown> = {};
    own['self'] = [own, own];
    return own;
  },
  (app) => unreadable(app, 'member'),
  (app) => unreadable(app, 'toJSON'),
  (app) => unreadable(app, Symbol.toPrimitive),
  (app, random) => ({
    toJSON: () => {
      throw thrownBy(app, random);
    },
  }),
  () => ({ toJSON: () => ({ toJSON: 1n }) }),
  (app, random) => ({
    toString: () => {
      throw thrownBy(app, random);
    },
  }),
  (app) => trap(app),
  (app) => trap(app, () => undefined),
  (app) => trap(app, []),
  () => revoked({}),
  () => revoked([]),
  () => new Proxy([], { get: (target, name) => (name === 'length' ? 3 : Reflect.get(target, name)) }),
];

const RARE: readonly Make[] = [
  () => 'x'.repeat(200_000),
  () => globalThis,
  () => process.env,
  () => nested(300),
  () => nested(20_000),
  () => Array.from({ length: 2000 }, (_, index) => ({ index })),
  () => Object.fromEntries(Array.from({ length: 500 }, (_, index) => [`key ${index}`, index])),
  () => {
    let wide: unknown = 1;
    for (let level = 0; level < 12; level++) wide = [wide, wide];
    return wide;
  },
];

/** Things with a `then`: a result that is one is waited for, as any program would. */
const THENABLES: readonly Make[] = [
  /* oxlint-disable unicorn/no-thenable -- that is what they are for */
  () => Promise.resolve({ resolved: true }),
  (app, random) => quiet(Promise.reject(thrownBy(app, random))),
  (app) => app.released,
  () => ({ then: (resolve: (value: unknown) => void) => resolve('thenable') }),
  (app, random) => ({ then: (_: unknown, reject: (error: unknown) => void) => reject(thrownBy(app, random)) }),
  (app, random) => ({
    then: () => {
      throw thrownBy(app, random);
    },
  }),
  () => ({ then: (resolve: (value: unknown) => void) => [resolve(1), resolve(2)] }),
  () => ({ then: 'no function' }),
  (app) => unreadable(app, 'then'),
  () => Object.freeze({ then: (resolve: (value: unknown) => void) => resolve(undefined) }),
  /* oxlint-enable unicorn/no-thenable */
];

/** Any value at all, none that a result would be waited for by. */
export function payload(app: Application, random: Random, depth = 0): unknown {
  const kind = random.below(1000);
  if (kind < 2 && depth === 0) return random.pick(RARE)(app, random, depth);
  return random.pick(depth > 2 || kind < 600 ? PLAIN : ODD)(app, random, depth);
}

/** Any value at all. */
export function anything(app: Application, random: Random): unknown {
  return random.chance(0.1) ? random.pick(THENABLES)(app, random, 0) : payload(app, random);
}

/** True when `await` would do more with it than hand it on. */
export function isWaitedFor(value: unknown): boolean {
  try {
    return (typeof value === 'object' || typeof value === 'function') && value !== null && 'then' in value;
  } catch {
    return true;
  }
}

function nested(levels: number): unknown {
  let value: unknown = 'deep';
  for (let level = 0; level < levels; level++) value = { value };
  return value;
}

function revoked(target: object): object {
  const { proxy, revoke } = Proxy.revocable(target, {});
  revoke();
  return proxy;
}

/** The promise, handled: what becomes of it is up to whoever gets it. */
export function quiet<Value>(promise: Promise<Value>): Promise<Value> {
  promise.catch(() => undefined);
  return promise;
}

async function* streamOfNumbers(): AsyncGenerator<number> {
  yield 1;
}
