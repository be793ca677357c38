// SPDX-License-Identifier: Apache-2.0
import { FlowError } from '../errors.ts';
import type { Entry } from './registry.ts';

/** Runs the rest of the chain. Without an argument on the same input; may be called again, also concurrently. */
export type Next<Input, Output> = (changed?: Input) => Promise<Output>;

/** What the fold below needs from whoever runs it. `Scope` is whatever one attempt runs in. */
export interface LayerHost<Scope, Input, Output> {
  /** Calls the entry's callback. */
  layer(entry: Entry, scope: Scope, input: Input, next: Next<Input, Output>): unknown;
  /** Makes the real call. */
  call(scope: Scope, input: Input): unknown;
  /** Runs the rest in a scope of its own: a second or later `next()` of one entry. */
  attempt(scope: Scope, input: Input, rest: (attempt: Scope) => Promise<Output>): Promise<Output>;
  /** Checks an input that a middleware passed to `next`, and completes it from the one that it was given. */
  changed(entry: Entry, given: Input, input: Input): Input;
  /** Resolves when a `next` taken by the entry that returned `output` stops being valid; undefined: at once. */
  until?(output: Output): Promise<void> | undefined;
}

/** Whether the `next` of one intercept may still be called. */
interface Lease {
  expired: boolean;
}

// Made out here because it waits for the end of a stream: in there it would hold the callbacks, and through them perhaps the stream itself.
function expiryOf(lease: Lease): () => void {
  return () => void (lease.expired = true);
}

/**
 * Execution intercepts around the real call, first entry outermost. Nothing but order, attempts and the life of `next` is decided here;
 * results and errors pass through untouched.
 */
export function runLayers<Scope, Input, Output>(
  entries: readonly Entry[],
  host: LayerHost<Scope, Input, Output>,
  scope: Scope,
  input: Input,
): Promise<Output> {
  const run = async (index: number, at: Scope, given: Input): Promise<Output> => {
    const entry = entries[index];
    if (entry === undefined) return (await host.call(at, given)) as Output;
    let taken = 0;
    const lease: Lease = { expired: false };
    const next: Next<Input, Output> = async (changed) => {
      if (lease.expired)
        throw new FlowError(
          'FLOW_NEXT_EXPIRED',
          `next() of '${entry.name}' was called after the intercept had settled; await it inside`,
        );
      const passed = changed === undefined ? given : host.changed(entry, given, changed);
      taken++;
      return taken === 1
        ? run(index + 1, at, passed)
        : host.attempt(at, passed, (attempt) => run(index + 1, attempt, passed));
    };
    const expire = expiryOf(lease);
    try {
      const output = (await host.layer(entry, at, given, next)) as Output;
      const open = host.until?.(output);
      if (open === undefined) expire();
      else void open.then(expire, expire);
      return output;
    } catch (error) {
      expire();
      throw error;
    }
  };
  return run(0, scope, input);
}
