// SPDX-License-Identifier: Apache-2.0
import type { Accumulator, Codec } from './annotated.ts';
import { copyOf, isObject } from './read.ts';
import { tolerantAccumulator } from './tolerant-accumulator.ts';

/** For what does not stream, such as embeddings: keeps the response if it is given one. */
export function wholeAccumulator(decodeResponse: Codec['decodeResponse']): Accumulator {
  let last: ReturnType<Accumulator['response']>;
  return tolerantAccumulator(
    (chunk) => {
      if (decodeResponse(chunk) && isObject(chunk)) last = copyOf(chunk);
    },
    () => last,
  );
}
