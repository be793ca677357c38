// SPDX-License-Identifier: Apache-2.0
import type { EventRecord } from '../atof/record.ts';
import { isThenable } from '../pipeline/in-turn.ts';
import type { Entry } from '../pipeline/registry.ts';
import { withinLimit } from '../pipeline/time-limit.ts';
import { enterAside } from '../scope/stack.ts';
import { report } from './diagnostics.ts';

/** What a subscriber is called with. A `batch` subscriber gets all that is ready at once, for writers. */
export type Subscriber = ((event: EventRecord) => unknown) & { readonly batch?: false };
/** A subscriber that takes many events in one call. */
export type BatchSubscriber = ((events: readonly EventRecord[]) => unknown) & { readonly batch: true };

/** Events that one subscriber may still hold; what comes on top of that is counted as lost. */
export const MAX_QUEUED = 100_000;
/** Characters of payloads in those events. */
export const MAX_QUEUED_SIZE: number = 64 * 1024 * 1024;

// Of a function that may be anything, also a proxy that throws.
function takesBatches(callback: Subscriber | BatchSubscriber): boolean {
  try {
    return callback.batch === true;
  } catch {
    return false;
  }
}

/** The queue of one subscriber: first in, first out, one callback at a time. A slow or hanging one delays only itself. */
export class Mailbox {
  readonly #entry: Entry<Subscriber | BatchSubscriber>;
  readonly #isBatch: boolean;
  #queue: EventRecord[] = [];
  #head = 0;
  #size = 0;
  /** Callbacks whose promise has not settled. More than one only when what was left had to go out at once. */
  #running = 0;
  #accepted = 0;
  #settled = 0;
  #waiting: { readonly upTo: number; readonly resolve: () => void }[] = [];
  readonly #again: () => void;

  constructor(entry: Entry<Subscriber | BatchSubscriber>, again: () => void) {
    this.#entry = entry;
    this.#isBatch = takesBatches(entry.callback);
    this.#again = again;
  }

  put(event: EventRecord): void {
    const { size } = event;
    if (this.#queue.length - this.#head >= MAX_QUEUED || (this.#size > 0 && this.#size + size > MAX_QUEUED_SIZE)) {
      const queued = this.#queue.length - this.#head;
      report(
        'subscriber',
        this.#entry.name,
        new Error(`its queue is full with ${queued} events: an event was dropped`),
      );
      return;
    }
    this.#size += size;
    this.#queue.push(event);
    this.#accepted++;
  }

  /** True when nothing is queued and no callback is running. */
  get idle(): boolean {
    return this.#running === 0 && this.#head === this.#queue.length;
  }

  /** Resolves when what is queued now has been taken, whatever comes meanwhile. */
  whenTaken(): Promise<void> {
    if (this.#settled === this.#accepted) return Promise.resolve();
    return new Promise((resolve) => void this.#waiting.push({ upTo: this.#accepted, resolve }));
  }

  /** Delivers what is ready. With `force`, does not wait for a callback that is still running. */
  drain(force: boolean): void {
    if (this.#running > 0 && !force) return;
    if (this.#head < this.#queue.length)
      // Whoever happened to emit last has nothing to do with what subscribers do.
      enterAside(() => (this.#isBatch ? this.#deliverBatch() : this.#deliverEach(force)));
    // Also of a queue that is never empty: what was taken must not be kept.
    if (this.#head * 2 >= this.#queue.length) {
      this.#queue = this.#queue.slice(this.#head);
      this.#head = 0;
      // Sanitizers may have changed what was counted.
      if (this.#queue.length === 0) this.#size = 0;
    }
    this.#answer();
  }

  #answer(): void {
    while (this.#waiting.length > 0 && (this.#waiting[0]?.upTo ?? 0) <= this.#settled) this.#waiting.shift()?.resolve();
  }

  #deliverEach(force: boolean): void {
    while (this.#head < this.#queue.length) {
      const event = this.#queue[this.#head] as EventRecord;
      if (!event.ready) return;
      this.#head++;
      this.#size -= event.size;
      if (this.#call(event.fork(), 1) && !force) return;
    }
  }

  #deliverBatch(): void {
    let end = this.#head;
    while (end < this.#queue.length && (this.#queue[end] as EventRecord).ready) end++;
    if (end === this.#head) return;
    const batch = this.#queue.slice(this.#head, end);
    this.#head = end;
    for (const event of batch) this.#size -= event.size;
    this.#call(batch, batch.length);
  }

  /** True when the callback returned a promise: the next event waits for it. */
  #call(argument: EventRecord | readonly EventRecord[], count: number): boolean {
    const { name, callback } = this.#entry;
    const settled = (): void => {
      this.#running--;
      this.#settled += count;
      this.#answer();
      this.#again();
    };
    try {
      const result: unknown = withinLimit(this.#entry, (callback as (value: unknown) => unknown)(argument));
      if (!isThenable(result)) {
        this.#settled += count;
        return false;
      }
      this.#running++;
      // A thenable may throw where a promise rejects.
      Promise.resolve(result).then(settled, (error: unknown) => {
        report('subscriber', name, error);
        settled();
      });
      return true;
    } catch (error) {
      report('subscriber', name, error);
      this.#settled += count;
      return false;
    }
  }
}
