// SPDX-License-Identifier: Apache-2.0

import { whenAbandoned } from '../pipeline/abandoned.ts';

/** What a function that was called with `function*` or `async function*` returns. */
type AnyGenerator = Generator<unknown, unknown, unknown> | AsyncGenerator<unknown, unknown, unknown>;

/** How the life of a generator ended. */
export interface GeneratorHost {
  /** Runs one step where the generator was made, whoever asks for it. */
  within<Result>(step: () => Result): Result;
  succeed(): void;
  fail(error: unknown): void;
  /** The consumer stopped before the end, or lost the generator. */
  cancel(how: 'closed' | 'abandoned'): void;
}

/** True for the object that a generator function makes, synchronous or not. */
export function isGenerator(value: unknown): value is AnyGenerator {
  if (typeof value !== 'object' || value === null) return false;
  try {
    const tag = Object.prototype.toString.call(value);
    return (tag === '[object AsyncGenerator]' || tag === '[object Generator]') && Object.isExtensible(value);
  } catch {
    return false;
  }
}

// Made out here: closures of one function share what any of them holds, and this one outlives the generator.
function lossOf(host: GeneratorHost): () => void {
  return () => host.cancel('abandoned');
}

/**
 * Makes each step of the generator run within the host and tells the host once how it ended. The generator stays the same object: its methods
 * are shadowed by its own.
 */
export function bindGenerator(generator: AnyGenerator, host: GeneratorHost): void {
  const keep = whenAbandoned(generator, lossOf(host));
  let ended = false;
  const end = (how: () => void): void => {
    if (ended) return;
    ended = true;
    keep();
    how();
  };
  const finished = (done: boolean | undefined, method: string): void => {
    if (done !== true) return;
    end(method === 'return' ? () => host.cancel('closed') : () => host.succeed());
  };
  const failed = (error: unknown): never => {
    end(() => host.fail(error));
    throw error;
  };
  let stepping = false;
  for (const method of ['next', 'return', 'throw'] as const) {
    const original = generator[method] as (...values: unknown[]) => unknown;
    const step = (...values: unknown[]): unknown => {
      // A generator that steps itself is told so by the language; that is no end of it.
      if (stepping) return original.apply(generator, values);
      try {
        stepping = true;
        const result = host.within(() => original.apply(generator, values)) as
          | IteratorResult<unknown>
          | Promise<IteratorResult<unknown>>;
        if (result instanceof Promise)
          return result.then((settled) => {
            finished(settled.done, method);
            return settled;
          }, failed);
        finished(result.done, method);
        return result;
      } catch (error) {
        return failed(error);
      } finally {
        stepping = false;
      }
    };
    Object.defineProperty(generator, method, { value: step, configurable: true, writable: true });
  }
}

/** Makes what a Node stream reads be read within the host, whoever consumes it. The stream stays the same object, and its life its own. */
export function bindReadable(stream: Readable, within: GeneratorHost['within']): void {
  const read = stream._read;
  const bound = function (this: unknown, size: number): void {
    within(() => read.call(stream, size));
  };
  Object.defineProperty(stream, '_read', { value: bound, configurable: true, writable: true });
}

/** The part of a Node stream that matters here. */
interface Readable {
  _read(size: number): void;
}

/** True for a Node stream that can be read, of whatever package. */
export function isReadable(value: unknown): value is Readable {
  if (typeof value !== 'object' || value === null) return false;
  try {
    const { _read: read, pipe, readable } = value as { _read?: unknown; pipe?: unknown; readable?: unknown };
    return typeof read === 'function' && typeof pipe === 'function' && readable === true && Object.isExtensible(value);
  } catch {
    return false;
  }
}
