// SPDX-License-Identifier: Apache-2.0
import { type AnyEvent, isRecord } from './any-event.ts';
import { PACE } from './pace.ts';
import { createStream } from './stream.ts';
import { tell } from './tell.ts';
import type { TrajectoryOptions } from './to-trajectory.ts';
import type { Told } from './told.ts';

/** A trajectory that grows while it is told again and again. */
export interface TrajectoryBuilder {
  /** Takes an event at any time, in any order. One that sanitizers still work on is told when they have finished. */
  add(event: AnyEvent): void;
  /** Takes the starts of the scopes around what is added next. They come again and again, and are taken once. */
  within(starts: readonly AnyEvent[]): void;
  /** What was added until the work begins, piece by piece. One such work at a time, to its end or `return()`. */
  tell(options?: BuilderOptions): Generator<void, Told | undefined>;
  /** About the bytes that it holds. */
  readonly size: number;
}

/** What may depend on the events. */
export type BuilderOptions = TrajectoryOptions & {
  /** Added to `extra` when the history of a model call fits several runs. */
  readonly ifAmbiguous?: TrajectoryOptions['extra'];
};

/** Events that wait together: until then they are as large as the runtime made them. */
const MAX_WAITING = 32;
/** About what an event costs as the runtime made it, beside its payload. */
const RECORD_SIZE = 600;

/** Nothing told yet. With `forgets`, what requests repeat is not kept; it then has to be told in one version only. */
export function createBuilder({ forgets = false }: { readonly forgets?: boolean } = {}): TrajectoryBuilder {
  const stream = createStream();
  let waiting: AnyEvent[] = [];
  let waitingSize = 0;
  let telling = false;
  const around = new Set<string>();

  function* takeIn(): Generator<void, void> {
    const taken = waiting;
    waiting = [];
    waitingSize = 0;
    let done = 0;
    try {
      for (const event of taken) {
        done++;
        if (isRecord(event) && !event.ready) wait(event);
        else stream.add(event);
        if (done % PACE === 0) yield;
      }
    } finally {
      // Given up half-way: the rest is taken in next time.
      for (const event of taken.slice(done)) wait(event);
    }
  }

  function wait(event: AnyEvent): void {
    waiting.push(event);
    waitingSize += RECORD_SIZE + (isRecord(event) ? (event.dataJson?.length ?? 0) : 0);
  }

  return {
    add(event) {
      wait(event);
      // Those that are not ready wait again: every so often, not each time.
      if (!telling && waiting.length % MAX_WAITING === 0) for (const _ of takeIn());
    },
    within(starts) {
      for (const start of starts) {
        if (around.has(start.uuid)) continue;
        around.add(start.uuid);
        wait(start);
      }
    },
    *tell({ ifAmbiguous, ...options } = {}) {
      telling = true;
      try {
        yield* takeIn();
        const extra = stream.ambiguous && ifAmbiguous ? { ...options.extra, ...ifAmbiguous } : options.extra;
        return yield* tell(stream, { ...options, forgets, ...(extra && { extra }) });
      } finally {
        telling = false;
      }
    },
    get size() {
      return stream.size + waitingSize;
    },
  };
}
