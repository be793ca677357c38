// SPDX-License-Identifier: Apache-2.0
import type { Resource } from '@opentelemetry/resources';

import { getRuntime } from '../api/runtime.ts';
import type { Outbox } from './delivery.ts';
import type { Settings } from './environment.ts';
import type { Log } from './log.ts';
import type { Losses } from './losses.ts';

/** One kind of telemetry, as the end of the process and {@link stop} see it. Nothing here rejects. */
export interface Signal {
  /** Resolves when what is recorded so far has been delivered or has failed. */
  flush(): Promise<void>;
  /** The same, but repetitions are not waited for. */
  whenQuiet(): Promise<void>;
  /** At the very end, when no promise settles any more: what is recorded goes to the outbox. */
  collectNow(): void;
  readonly outboxes: readonly Outbox[];
  /** Flushes, and loses what comes later. */
  shutdown(): Promise<void>;
}

/** What the signals of one process share. */
export interface SignalContext {
  readonly settings: Settings;
  readonly resource: Resource;
  readonly losses: Losses;
  readonly log: Log;
}

/** Failures are lines of the log: nobody can do more about them. */
export function settle(work: Promise<unknown>, log: Log): Promise<void> {
  return work.then(
    () => undefined,
    (error: unknown) => log('debug', `flush: ${String(error)}`),
  );
}

/** Waits for events that hold something back. Inside of a subscriber there is no waiting for it. */
export function whenEventsAreOut(): Promise<void> {
  return getRuntime()
    .flow.flush()
    .catch(() => undefined);
}
