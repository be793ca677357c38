// SPDX-License-Identifier: Apache-2.0
import { FlowError } from '../errors.ts';
import { isThenable } from './in-turn.ts';
import { type Entry, isPolicy } from './registry.ts';

/** What the entry's callback returned, given up when the entry's time limit is over. What comes after that is dropped. */
export function withinLimit(entry: Entry, returned: unknown, onTimeout?: () => void): unknown {
  const { timeout } = entry;
  if (timeout === undefined || !isThenable(returned)) return returned;
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      reject(
        new FlowError(
          'FLOW_MIDDLEWARE_TIMEOUT',
          `${entry.kind} '${entry.name}' took longer than its limit of ${timeout} ms`,
        ),
      );
      onTimeout?.();
    }, timeout);
    // Nobody in the application waits for what only observes.
    if (!isPolicy(entry.kind)) timer.unref();
    // A thenable may throw where a promise rejects.
    Promise.resolve(returned)
      .finally(() => clearTimeout(timer))
      .then(resolve, reject);
  });
}
