// SPDX-License-Identifier: Apache-2.0
import { type LayerHost, runLayers } from '../pipeline/layers.ts';
import { withoutRunning } from '../pipeline/registry.ts';
import { withinLimit } from '../pipeline/time-limit.ts';
import { enterFrom, enterMiddleware } from '../scope/stack.ts';
import { attemptOf } from './attempt.ts';
import type { Call } from './call.ts';
import { CallView } from './call-view.ts';
import { begin, fail, finish, prepare, succeed } from './managed.ts';
import { outgoing } from './outgoing.ts';
import { changedInput } from './request-intercepts.ts';
import type { Outcome } from './span.ts';

/** The real call: gets the arguments or the request, and the call. */
export type Callback = (input: never, call: CallView) => unknown;

/**
 * Runs a buffered call through the whole pipeline. Returns exactly what the callback or an intercept returned; throws their own errors. `outcome` says
 * how a call went that has returned something: `OK` without it.
 */
export async function execute(
  call: Call,
  callback: Callback,
  outcome?: (result: unknown) => Outcome,
): Promise<unknown> {
  const prepared = prepare(call);
  if (prepared !== undefined) await prepared;
  begin(call);
  try {
    const layers = withoutRunning(call.chains[call.family('execution_intercept')], call.frame.running);
    let result: unknown;
    if (layers.length === 0) {
      result = await invoke(call, call.input, callback);
      call.own = { result };
    } else {
      // Whether it comes to an inference is up to the intercepts.
      call.own = undefined;
      result = await runLayers(layers, hostOf(call, callback), call, call.input);
    }
    if (outcome === undefined) succeed(call, result);
    else finish(call, result, outcome(result));
    return result;
  } catch (error) {
    fail(call, error);
    throw error;
  }
}

/** Makes the real call inside the scope of the call, or of one attempt. */
export function invoke(call: Call, input: unknown, callback: Callback): unknown {
  return enterFrom(call.place, call.frame, () =>
    (callback as (input: unknown, view: CallView) => unknown)(outgoing(call, input), new CallView(call, input)),
  );
}

function hostOf(call: Call, callback: Callback): LayerHost<Call, unknown, unknown> {
  return {
    changed: (entry, given, input) => changedInput(call, given, input, entry.name),
    layer: (entry, at, input, next) => {
      const returned = enterMiddleware(at.place, { entry, outer: call.frame.running }, call.frame.quiet, () =>
        (entry.callback as (view: CallView, next: unknown) => unknown)(new CallView(at, input), next),
      );
      return withinLimit(entry, returned, () => at.giveUp());
    },
    call: async (at, input) => {
      at.own = { result: undefined };
      const result: unknown = await invoke(at, input, callback);
      at.own = { result };
      return result;
    },
    attempt: async (at, input, rest) => {
      const attempt = attemptOf(call, at.place, input);
      attempt.own = undefined;
      begin(attempt);
      try {
        const result: unknown = await rest(attempt);
        succeed(attempt, result);
        return result;
      } catch (error) {
        fail(attempt, error);
        throw error;
      }
    },
  };
}
