// SPDX-License-Identifier: Apache-2.0
import { type Context, context } from '@opentelemetry/api';
import { METADATA } from '../../semconv/index.ts';
import { contextIn } from '../scope/stack.ts';
import { bindGenerator, bindReadable, isGenerator, isReadable } from './bound-generator.ts';
import { isThenable } from '../pipeline/in-turn.ts';
import { type Frame, bindFrame, readFrame } from '../scope/carrier.ts';
import type { Scope } from '../scope/scope.ts';
import { report } from './diagnostics.ts';
import { closeScope } from './lifecycle.ts';
import { OK, cancelled } from './outcome.ts';
import { outcomeIn } from './reader-left.ts';
import type { Outcome } from './span.ts';

const UNFINISHED: Outcome = Object.freeze({ status: 'UNSET', description: 'left open' });

/**
 * Runs the callback through `within`. When it has settled, ends what it pushed and left open, innermost first, and tells `settled` how it went. A
 * generator that it returns runs step by step in there, too, and has settled when it is done.
 * Returns exactly what the callback returned; where `settled` waits for a plain promise, one of the same outcome in its place, because Node takes a
 * rejection that we have seen for handled. For the same reason a promise is only watched where somebody needs to know.
 */
export function runInside<Result>(
  scope: Scope,
  within: (body: () => Result) => Result,
  fn: () => Result,
  settled?: (outcome: Outcome) => void,
): Result {
  const inside: Inside = { frame: undefined };
  const endings = endingsOf(scope, inside, settled);
  const { succeed, fail } = endings;
  try {
    const result = within(() => {
      const frame = readFrame();
      inside.frame = frame;
      const returned = fn();
      if (frame !== undefined && isLazy(returned)) inside.steps = bindFrame(frame, context.active());
      return returned;
    });
    if (!isAwaitable(result)) handOut(result, inside, endings);
    else if (settled !== undefined && isPlainPromise(result)) return follow(result, inside, endings) as Result;
    else if (settled !== undefined || inside.frame?.pushed !== undefined) watch(result, succeed, fail);
    else if (inside.frame !== undefined) {
      const onPush = (): void => watch(result, succeed, fail);
      // Not a literal assigned to the property: V8 would allocate that among the long-lived objects, with all it holds.
      inside.frame.onPush = onPush;
    }
    return result;
  } catch (error) {
    fail(error);
    throw error;
  }
}

/** Where the callback runs, once it does. */
interface Inside {
  frame: Frame | undefined;
  /** Runs the steps of what it returned in there. */
  steps?: <Step>(step: () => Step) => Step;
}

type Endings = ReturnType<typeof endingsOf>;

// What does its work only when somebody reads it.
const isLazy = (value: unknown): boolean => isGenerator(value) || isReadable(value);

// The callback is over, unless it returned a generator: then that is the rest of it.
function handOut(result: unknown, { steps, frame }: Inside, endings: Endings): void {
  const within = steps ?? (frame !== undefined && isLazy(result) ? bindFrame(frame, contextOf(frame)) : undefined);
  if (within !== undefined && isGenerator(result)) {
    bindGenerator(result, { ...endings, within });
    return;
  }
  if (within !== undefined && isReadable(result)) bindReadable(result, within);
  endings.succeed();
}

const contextOf = ({ scope }: Frame): Context => contextIn(scope);

// Made out here because it waits for the end of a generator: in there it would hold the callback, and through that perhaps the generator itself.
function endingsOf(scope: Scope, inside: Inside, settled: ((outcome: Outcome) => void) | undefined) {
  const end = (outcome: () => Outcome): void => {
    closeLeftOpen(scope, inside.frame?.pushed);
    settled?.(outcome());
  };
  return {
    succeed: () => end(() => OK),
    fail: (error: unknown) => end(() => outcomeIn(scope, error)),
    cancel: (how: 'closed' | 'abandoned') =>
      end(() => cancelled(how === 'closed' ? 'the consumer closed the generator' : 'the generator was abandoned')),
  };
}

// One whose `then` cannot be read is only handed on: whoever awaits it learns of that.
function isAwaitable(value: unknown): value is PromiseLike<unknown> {
  try {
    return isThenable(value);
  } catch {
    return false;
  }
}

const isPlainPromise = (value: unknown): value is Promise<unknown> =>
  value instanceof Promise && value.constructor === Promise && Object.getOwnPropertyNames(value).length === 0;

/** A promise of the same outcome, which settles when the callback is over. A rejection that nobody handles stays one. */
function follow(result: Promise<unknown>, inside: Inside, endings: Endings): Promise<unknown> {
  return result.then(
    (value) => {
      handOut(value, inside, endings);
      return value;
    },
    (error: unknown) => {
      endings.fail(error);
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
  ): unknown => {
    try {
      return then.call(
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
    } catch (error) {
      fail(error);
      throw error;
    }
  };
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
