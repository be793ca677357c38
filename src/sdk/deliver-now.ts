// SPDX-License-Identifier: Apache-2.0
import type { Outbox } from './delivery.ts';
import { sendWhileWaiting } from './exit-delivery.ts';

/**
 * Sends what is left of all signals while this thread waits, at most that long altogether. What is not delivered then is counted
 * as lost. Costs nothing where nothing is left.
 */
export function deliverNow(outboxes: readonly Outbox[], timeoutMillis: number): void {
  const full = outboxes.filter(({ size }) => size > 0);
  try {
    if (full.length > 0 && timeoutMillis > 0) {
      let requests: ReturnType<Outbox['requests']> = [];
      const outcomes = sendWhileWaiting(timeoutMillis, () => (requests = full.flatMap((outbox) => outbox.requests())));
      for (const [index, { settle }] of requests.entries()) settle(outcomes[index]);
    }
  } catch (error) {
    for (const outbox of full) outbox.abandon(String(error));
  }
  // Without time (FLOW_EXIT_TIMEOUT_MS=0, or used up) it is lost as well.
  for (const outbox of full) outbox.abandon();
}
