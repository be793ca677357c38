// SPDX-License-Identifier: Apache-2.0
import type { JsonObject } from '../atof/event.ts';
import type { Accumulator } from './annotated.ts';
import { tolerant } from './read.ts';

/** The accumulator that these two make, whatever the chunks are: one that cannot be read (getters, proxies) is one that is not known. */
export function tolerantAccumulator(
  push: (chunk: unknown) => void,
  response: () => JsonObject | undefined,
): Accumulator {
  const print = tolerant(response);
  return {
    push(chunk) {
      try {
        push(chunk);
      } catch {
        // Nothing of it is kept but what was read by then.
      }
    },
    response: () => print(undefined),
  };
}
