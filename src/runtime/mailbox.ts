// SPDX-License-Identifier: Apache-2.0
import type { EventRecord } from '../atof/record.ts';
import { isThenable } from '../pipeline/drive.ts';
import type { Entry } from '../pipeline/registry.ts';
import { enterQuiet } from '../scope/stack.ts';
import { report } from './diagnostics.ts';

/** What a subscriber is called with. A `batch` subscriber gets all that is ready at once, for writers. */
export type Subscriber = ((event: EventRecord) => unknown) & { readonly batch?: false };
/** A subscriber that takes many events in one call. */
export type BatchSubscriber = ((events: readonly EventRecord[]) => unknown) & { readonly batch: true };

/** Events that one subscriber may still hold; what comes on top of that is counted as lost. */
export const MAX_QUEUED = 100_000;

/** The queue of one subscriber: first in, first out, one callback at a time. A slow or hanging one delays only itself. */
export class Mailbox {
  readonly #entry: Entry<Subscriber | BatchSubscriber>;
  #queue: EventRecord[] = [];
  #head = 0;
  #busy = false;
  #waiting: (() => void)[] = [];
  readonly #again: () => void;

  constructor(entry: Entry<Subscriber | BatchSubscriber>, again: () => void) {
    this.#entry = entry;
    this.#again = again;
  }

  put(event: EventRecord): void {
    if (this.#queue.length - this.#head >= MAX_QUEUED)
      report(
        'subscriber',
        this.#entry.name,
        new Error(`its queue of ${MAX_QUEUED} events is full: an event was dropped`),
      );
    else this.#queue.push(event);
  }

  /** True when nothing is queued and no callback is running. */
  get idle(): boolean {
    return !this.#busy && this.#head === this.#queue.length;
  }

  whenIdle(): Promise<void> {
    return this.idle ? Promise.resolve() : new Promise((resolve) => void this.#waiting.push(resolve));
  }

  /** Delivers what is ready. With `force`, does not wait for a callback that is still running. */
  drain(force: boolean): void {
    if (this.#busy && !force) return;
    if (this.#head < this.#queue.length)
      enterQuiet(() => (this.#entry.callback.batch === true ? this.#deliverBatch() : this.#deliverEach(force)));
    if (this.#head === this.#queue.length) {
      this.#queue = [];
      this.#head = 0;
    }
    if (this.idle) for (const resolve of this.#waiting.splice(0)) resolve();
  }

  #deliverEach(force: boolean): void {
    while (this.#head < this.#queue.length) {
      const event = this.#queue[this.#head] as EventRecord;
      if (!event.ready) return;
      this.#head++;
      if (this.#call(event) && !force) return;
    }
  }

  #deliverBatch(): void {
    let end = this.#head;
    while (end < this.#queue.length && (this.#queue[end] as EventRecord).ready) end++;
    if (end === this.#head) return;
    const batch = this.#queue.slice(this.#head, end);
    this.#head = end;
    this.#call(batch);
  }

  /** True when the callback returned a promise: the next event waits for it. */
  #call(argument: EventRecord | readonly EventRecord[]): boolean {
    const { name, callback } = this.#entry;
    try {
      const result: unknown = (callback as (value: unknown) => unknown)(argument);
      if (!isThenable(result)) return false;
      this.#busy = true;
      const settled = (): void => {
        this.#busy = false;
        this.#again();
      };
      result.then(settled, (error: unknown) => {
        report('subscriber', name, error);
        settled();
      });
      return true;
    } catch (error) {
      report('subscriber', name, error);
      return false;
    }
  }
}
