// SPDX-License-Identifier: Apache-2.0
import type { Accumulator } from '../codecs/annotated.ts';
import type { Call } from './call.ts';
import { report } from './diagnostics.ts';

/** Adds up the chunks of a streaming call for what observes it. A codec that throws costs the recording, never the stream. */
export function accumulate(call: Call): Accumulator {
  const guarded = <Result>(read: () => Result): Result | undefined => {
    try {
      return read();
    } catch (error) {
      report('codec', call.codec?.id ?? call.name, error);
      return undefined;
    }
  };
  const accumulator = guarded(() => call.codec?.accumulator());
  return {
    push: (chunk) => guarded(() => accumulator?.push(chunk)),
    response: () => guarded(() => accumulator?.response()),
  };
}
