// SPDX-License-Identifier: Apache-2.0
import { METADATA } from '../../semconv/index.ts';
import { isThenable } from '../pipeline/drive.ts';
import { type Frame, readFrame } from '../scope/carrier.ts';
import type { Scope } from '../scope/scope.ts';
import { report } from './diagnostics.ts';
import { closeScope } from './lifecycle.ts';
import { OK, outcomeOf } from './outcome.ts';
import type { Outcome } from './span.ts';

const UNFINISHED: Outcome = Object.freeze({ status: 'UNSET', description: 'left open' });

/**
 * Runs the callback through `within`. When it has settled, ends what it pushed and left open, innermost first, and tells `settled` how it went.
 * Returns exactly what the callback returned; where `settled` waits for a plain promise, one of the same outcome in its place, because Node takes a
 * rejection that we have seen for handled. For the same reason a promise is only watched where somebody needs to know.
 */
export function runInside<Result>(
  scope: Scope,
  within: (body: () => Result) => Result,
  fn: () => Result,
  settled?: (outcome: Outcome) => void,
): Result {
  let frame: Frame | undefined;
  const succeed = (): void => {
    closeLeftOpen(scope, frame?.pushed);
    settled?.(OK);
  };
  const fail = (error: unknown): void => {
    closeLeftOpen(scope, frame?.pushed);
    settled?.(outcomeOf(error));
  };
  try {
    const result = within(() => {
      frame = readFrame();
      return fn();
    });
    if (!isThenable(result)) succeed();
    else if (settled !== undefined && isPlainPromise(result)) return follow(result, succeed, fail) as Result;
    else if (settled !== undefined || frame?.pushed !== undefined) watch(result, succeed, fail);
    else if (frame !== undefined) {
      const onPush = (): void => watch(result, succeed, fail);
      // Not a literal assigned to the property: V8 would allocate that among the long-lived objects, with all it holds.
      frame.onPush = onPush;
    }
    return result;
  } catch (error) {
    fail(error);
    throw error;
  }
}

const isPlainPromise = (value: unknown): value is Promise<unknown> =>
  value instanceof Promise && value.constructor === Promise && Object.getOwnPropertyNames(value).length === 0;

/** A promise of the same outcome, which settles when `succeed` or `fail` has run. A rejection that nobody handles stays one. */
function follow(result: Promise<unknown>, succeed: () => void, fail: (error: unknown) => void): Promise<unknown> {
  return result.then(
    (value) => {
      succeed();
      return value;
    },
    (error: unknown) => {
      fail(error);
      throw error;
    },
  );
}

function watch(result: PromiseLike<unknown>, succeed: () => void, fail: (error: unknown) => void): void {
  if (result instanceof Promise && result.then === Promise.prototype.then) void result.then(succeed, fail);
  else watchThenable(result, succeed, fail);
}

/**
 * A thenable that is no plain promise may be lazy (a query builder, a provider's promise): it is not ours to start. What its caller's own
 * `then` brings is watched by wrapping that method on the object, where the object allows it.
 */
function watchThenable(thenable: PromiseLike<unknown>, succeed: () => void, fail: (error: unknown) => void): void {
  const { then } = thenable;
  const watched = (
    resolve?: ((value: unknown) => unknown) | null,
    reject?: ((error: unknown) => unknown) | null,
  ): unknown =>
    then.call(
      thenable,
      (value) => {
        succeed();
        return typeof resolve === 'function' ? resolve(value) : value;
      },
      (error: unknown) => {
        fail(error);
        if (typeof reject === 'function') return reject(error);
        throw error;
      },
    );
  try {
    // oxlint-disable-next-line unicorn/no-thenable -- it is one already
    Object.defineProperty(thenable, 'then', { configurable: true, writable: true, value: watched });
  } catch {
    succeed();
  }
}

function closeLeftOpen(scope: Scope, pushed: Scope[] | undefined): void {
  for (let each = pushed?.pop(); each !== undefined; each = pushed?.pop()) {
    if (each.ended) continue;
    report('scope', each.name, new Error(`pushed inside '${scope.name}' and never popped; it was ended with it`));
    closeScope(each, { metadata: { [METADATA.END_REASON]: 'unfinished' }, outcome: UNFINISHED, payload: each.data });
  }
}
