// SPDX-License-Identifier: Apache-2.0
import type { EventRecord } from '../atof/record.ts';
import { FlowError } from '../errors.ts';
import type { Entry } from '../pipeline/registry.ts';
import { currentFrame } from '../scope/stack.ts';
import { invalid } from './checks.ts';
import { report } from './diagnostics.ts';
import { type BatchSubscriber, Mailbox, type Subscriber } from './mailbox.ts';

/** Of Node's timers: a longer one would be over at once. */
const LONGEST_TIMEOUT = 2 ** 31 - 1;

const mailboxes = new Map<Entry, Mailbox>();
const settling = new Map<() => void, PromiseWithResolvers<void>>();
const barriers = new Set<() => Promise<void>>();
let scheduled = false;

function schedule(): void {
  if (scheduled) return;
  scheduled = true;
  // A macrotask: never between the return of a call and its caller's continuation.
  setImmediate(drainAll, false);
}

function drainAll(force: boolean): void {
  scheduled = false;
  for (const [entry, mailbox] of mailboxes) {
    mailbox.drain(force);
    if (mailbox.idle) mailboxes.delete(entry);
  }
}

/** Queues the event for each of the subscribers. Order of emission is order of delivery, per subscriber, for the whole process. */
export function post(event: EventRecord, subscribers: readonly Entry[]): void {
  for (const entry of subscribers) {
    let mailbox = mailboxes.get(entry);
    if (mailbox === undefined) {
      mailbox = new Mailbox(entry as Entry<Subscriber | BatchSubscriber>, schedule);
      mailboxes.set(entry, mailbox);
    }
    mailbox.put(event);
  }
  schedule();
}

/** An event became ready that others may be queued behind. */
export function wake(): void {
  schedule();
}

/** An event that is not finished: `flush` waits for it, `flushSync` completes it at once by `giveUp`. Returns what to call when it is. */
export function whileSettling(giveUp: () => void): () => void {
  const done = Promise.withResolvers<void>();
  settling.set(giveUp, done);
  return () => {
    settling.delete(giveUp);
    done.resolve();
  };
}

/** Something that `flush` waits for beside the subscribers: writers and processors. Returns its undo. */
export function addBarrier(barrier: () => Promise<void>): () => void {
  barriers.add(barrier);
  return () => void barriers.delete(barrier);
}

/**
 * Resolves when every event emitted before the call has been delivered and written. Gives up on whoever takes longer than `timeout`
 * milliseconds, with a diagnostic. Rejects with `FLOW_REENTRANT_FLUSH` inside a callback that it would wait for.
 */
export async function flush(timeout = 5000): Promise<void> {
  if (currentFrame().quiet || currentFrame().running !== undefined)
    throw new FlowError(
      'FLOW_REENTRANT_FLUSH',
      'flush() waits for this very callback; call it outside of middleware, sanitizers and subscribers',
    );
  if (typeof timeout !== 'number' || !(timeout >= 0))
    invalid('flow.flush', 'the timeout must be milliseconds, 0 or more', timeout);
  const waits = [...mailboxes].map(([entry, mailbox]) =>
    within(mailbox.whenTaken(), timeout, 'subscriber', entry.name),
  );
  if (waits.length > 0) schedule();
  // Without a subscriber nobody else waits for events that are not finished: spans and processors do not have them yet.
  for (const { promise } of settling.values()) waits.push(within(promise, timeout, 'sanitizer', 'flush'));
  await Promise.all(waits);
  await Promise.all([...barriers].map((barrier) => within(barrier(), timeout, 'flush', 'writer')));
}

async function within(work: Promise<void>, timeout: number, source: string, name: string): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<'late'>(
    (resolve) => (timer = setTimeout(resolve, Math.min(timeout, LONGEST_TIMEOUT), 'late')),
  );
  try {
    if ((await Promise.race([work, late])) === 'late')
      report(source, name, new Error(`still busy after ${timeout} ms; flush() went on without it`));
  } catch (error) {
    report(source, name, error);
  } finally {
    clearTimeout(timer);
  }
}

/** Delivers what can be delivered without waiting; events whose sanitizers are still running go out with those fields cleared. */
export function flushSync(): void {
  for (const giveUp of settling.keys()) giveUp();
  drainAll(true);
}
