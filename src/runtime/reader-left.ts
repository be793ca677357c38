// SPDX-License-Identifier: Apache-2.0
import type { Scope } from '../scope/scope.ts';
import { cancelled, outcomeOf } from './outcome.ts';
import type { Outcome } from './span.ts';

/** What is read of a run while it goes on. */
export interface Reading {
  /** What the run follows: one of these, its caller's own, or one further out. */
  readonly signal: AbortSignal | undefined;
  /** Of the streams that were handed out: each is aborted when whoever reads the stream leaves it. There may be more while the run goes on. */
  readonly readers: readonly AbortSignal[];
}

const readings = new WeakMap<Scope, Reading>();

/** What runs in the scope is read. */
export function noteReading(scope: Scope, reading: Reading): void {
  readings.set(scope, reading);
}

/**
 * What an error says about something that ran in the scope, and followed the signal where it had one. Where it was given up because the reader of a stream
 * around it had left, nothing has failed; where its caller gave it up, that is an error, and cancelled.
 */
export function outcomeIn(scope: Scope, error: unknown, signal?: AbortSignal, mayBeGivenUp = false): Outcome {
  const outcome = outcomeOf(error);
  const isGivenUp = outcome.cancelled === true || signal?.aborted === true;
  if (outcome.status !== 'ERROR' || !(isGivenUp || mayBeGivenUp)) return outcome;
  if (isLeft(scope, signal)) return cancelled('the consumer closed the stream');
  return outcome.cancelled === true || !isGivenUp ? outcome : { ...outcome, cancelled: true };
}

// A signal that follows others is aborted once, with the reason of the first: by that it is known whom it has followed.
function isLeft(scope: Scope, signal: AbortSignal | undefined): boolean {
  for (let at: Scope | undefined = scope; at !== undefined; at = at.parent) {
    const reading = readings.get(at);
    const followed = signal?.aborted === true ? signal : reading?.signal;
    if (
      followed?.aborted === true &&
      reading?.readers.some(({ aborted, reason }) => aborted && reason === followed.reason)
    )
      return true;
  }
  return false;
}
