// SPDX-License-Identifier: Apache-2.0
import { whenAbandoned } from './abandoned.ts';
import { checkStep, closeSource, openSource } from './chunk-source.ts';

/** How a stream ended. Reported exactly once. */
export type StreamEnd =
  | { readonly how: 'finished' }
  | { readonly how: 'failed'; readonly error: unknown }
  /** The consumer stopped, or lost the stream. */
  | { readonly how: 'closed' | 'abandoned' };

/** What a managed stream tells while it is consumed. Must not hold the stream itself, or an abandoned one is never collected. */
export interface StreamHost<Chunk> {
  /** Runs a step of the source where it belongs. */
  within<Result>(step: () => Result): Result;
  /** A chunk is about to be handed out. What it throws ends the stream with that error. */
  chunk(chunk: Chunk): void | PromiseLike<void>;
  end(end: StreamEnd): void;
  /** Tells the source that nobody wants more, before it is closed. */
  abort(): void;
}

const DONE: IteratorReturnResult<undefined> = Object.freeze({ done: true, value: undefined });

/**
 * The source as a lazy iterator: one chunk in flight, pulled when the consumer asks. It ends exactly once: when the source is exhausted or fails,
 * when the consumer returns or throws, or when the iterator is collected as garbage.
 */
export class ManagedStream<Chunk> implements AsyncIterableIterator<Chunk> {
  readonly #source: AsyncIterator<Chunk>;
  readonly #host: StreamHost<Chunk>;
  /** From here on nobody is told that it was collected. */
  readonly #keep: () => void;
  #ended = false;
  /** Pulls asked for and not settled: one runs, the others wait in line. */
  #pulls = 0;
  #last: Promise<unknown> | undefined;

  constructor(source: AsyncIterable<Chunk>, host: StreamHost<Chunk>) {
    this.#source = host.within(() => openSource(source));
    this.#host = host;
    this.#keep = whenAbandoned(this, lossOf(host));
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  next(): Promise<IteratorResult<Chunk>> {
    const pull = (): Promise<IteratorResult<Chunk>> => this.#pull();
    const step = this.#pulls++ > 0 ? (this.#last as Promise<unknown>).then(pull, pull) : this.#pull();
    this.#last = step;
    return step;
  }

  async #pull(): Promise<IteratorResult<Chunk>> {
    try {
      if (this.#ended) return DONE;
      let result: IteratorResult<Chunk>;
      let done: boolean;
      try {
        result = checkStep(await this.#host.within(() => this.#source.next()));
        // As the language has it: anything that is true will do.
        done = Boolean(result.done);
      } catch (error) {
        // What the consumer broke off itself is no error to it.
        if (this.#ended) return DONE;
        this.#close({ how: 'failed', error });
        throw error;
      }
      if (this.#ended) return DONE;
      if (done) {
        this.#close({ how: 'finished' });
        return result;
      }
      try {
        const observed = this.#host.chunk(result.value);
        if (observed !== undefined) await observed;
      } catch (error) {
        await this.#stop({ how: 'failed', error }).catch(() => undefined);
        throw error;
      }
      return result;
    } finally {
      this.#pulls--;
    }
  }

  /** The consumer wants no more: aborts first, reports the end, then closes the source and waits for that. */
  async return(): Promise<IteratorResult<Chunk>> {
    await this.#stop({ how: 'closed' });
    return DONE;
  }

  async throw(error?: unknown): Promise<IteratorResult<Chunk>> {
    await this.#stop({ how: 'failed', error });
    throw error;
  }

  async #stop(end: StreamEnd): Promise<void> {
    if (this.#ended) return;
    this.#host.abort();
    this.#close(end);
    await this.#host.within(() => closeSource(this.#source));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.return();
  }

  #close(end: StreamEnd): void {
    this.#ended = true;
    this.#keep();
    this.#host.end(end);
  }
}

// Made out here: in the constructor it would hold the stream.
function lossOf(host: StreamHost<never>): () => void {
  return () => {
    host.abort();
    host.end({ how: 'abandoned' });
  };
}
