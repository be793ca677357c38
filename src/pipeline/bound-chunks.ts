// SPDX-License-Identifier: Apache-2.0
import { checkStep, closeSource, openSource } from './chunk-source.ts';

/** The same chunks, with every step of their source made through `within`, whoever asks for it; `seen` is told of each first. */
export function boundChunks<Chunk>(
  chunks: AsyncIterable<Chunk>,
  within: <Result>(step: () => Result) => Result,
  seen?: (chunk: Chunk) => void,
): AsyncIterable<Chunk> {
  return {
    [Symbol.asyncIterator]() {
      const source = within(() => openSource(chunks));
      return {
        async next() {
          const result = checkStep(await within(() => source.next()));
          if (!result.done) seen?.(result.value);
          return result;
        },
        async return() {
          await within(() => closeSource(source));
          return { done: true, value: undefined };
        },
      };
    },
  };
}
