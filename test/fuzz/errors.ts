// SPDX-License-Identifier: Apache-2.0
import { FlowError } from '../../src/api/index.ts';
import type { Application } from './application.ts';
import type { Random } from './random.ts';

class AppError extends Error {
  override readonly name = 'AppError';
  readonly code: unknown = 'E_APP';
}

const throwing = (app: Application) => (): never => {
  throw app.own(new Error('a getter'));
};

/** Everything that a program can throw. */
const THROWN: readonly ((app: Application, random: Random) => unknown)[] = [
  () => new Error('plain'),
  () => new AppError('with a code'),
  () => new TypeError('typed', { cause: new RangeError('cause') }),
  () => Object.freeze(new Error('frozen')),
  () => new DOMException('aborted', 'AbortError'),
  () => new AggregateError([new Error('one'), undefined], 'many'),
  () => Object.assign(new Error('coded'), { code: Symbol('code'), status: 500, name: 7 }),
  () => Object.assign(new Error('huge'), { message: 'x'.repeat(5000), stack: '\ud800'.repeat(100) }),
  () => new FlowError('FLOW_SCOPE_CLOSED', "one of Flow's, made by the application"),
  () => new FlowError('FLOW_GUARDRAIL_REJECTED', "a refusal of the application's own"),
  (app) => Object.defineProperty(new Error('getters'), 'message', { get: throwing(app) }),
  (app) => Object.defineProperties(new Error(), { name: { get: throwing(app) }, cause: { get: throwing(app) } }),
  (app) => Object.defineProperty(new Error(), 'constructor', { get: throwing(app) }),
  () => {
    const error = new Error('circular');
    error.cause = error;
    return error;
  },
  (app) => trap(app),
  () => Object.create(null),
  () => ({ message: 'no error', cause: { cause: null } }),
  () => undefined,
  () => null,
  () => '',
  () => 'text',
  () => 0,
  () => Number.NaN,
  () => 10n,
  () => Symbol('thrown'),
  () => () => 'a function',
];

/** A value to throw, remembered as the application's own. */
export function thrownBy(app: Application, random: Random): unknown {
  return app.own(random.pick(THROWN)(app, random));
}

/** A proxy that throws whatever is done with it. */
export function trap(app: Application, target: object = {}): object {
  const fail = (): never => {
    throw app.own(new Error('a trap'));
  };
  return new Proxy(target, new Proxy({}, { get: () => fail }));
}

/** An object whose member cannot be read. */
export function unreadable(app: Application, member: PropertyKey, base: object = {}): object {
  return Object.defineProperty(base, member, { enumerable: true, configurable: true, get: throwing(app) });
}
