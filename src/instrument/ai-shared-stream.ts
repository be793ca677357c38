// SPDX-License-Identifier: Apache-2.0
import { whenAbandoned } from '../pipeline/abandoned.ts';

/** What is told about a stream while it is read. Must not hold the stream, or one that is dropped is never collected. */
export interface StreamReading {
  chunk(value: unknown): void;
  ended(): void;
  failed(error: unknown): void;
  /** All who read it have left, or nobody holds it any more. Who comes back gets the rest. */
  left(): void;
}

type Step = Awaited<ReturnType<ReadableStreamDefaultReader<unknown>['read']>>;

/** A place in the stream, and what was read there once somebody wanted it. */
interface Place {
  step?: Promise<Step>;
  next?: Place;
}

/** Nothing is read before somebody asks; of branches, each reads one chunk ahead, as those of the language's own `tee` do. */
const LAZY: QueuingStrategy = { highWaterMark: 0 };

/** A stream for the SDK to keep and to make branches of. */
export interface Shared {
  readonly stream: ReadableStream<unknown>;
  /** Runs the function, and returns what tells that those who read the branches that it has made are gone: not every version of the SDK cancels them. */
  branchesOf<Result>(fn: () => Result): readonly [result: Result, gone: () => void];
}

/**
 * The source as a stream with a `tee` of its own. The language's tells its source nothing when one of the two branches is cancelled, and this SDK keeps the
 * other: whoever has left would be known only when all of it is collected.
 */
export function shareStream(source: ReadableStream<unknown>, reading: StreamReading): Shared {
  const shared = new SharedStream(source, reading);
  return { stream: shared.rest({}), branchesOf: (fn) => shared.branchesOf(fn) };
}

class SharedStream {
  readonly #source: ReadableStream<unknown>;
  readonly #reading: StreamReading;
  readonly #keep: () => void;
  #reader: ReadableStreamDefaultReader<unknown> | undefined;
  /** What each of those who read a branch does when they leave. */
  readonly #readers = new Set<() => void>();
  /** Of the branches that are being made, where somebody wants to know. */
  #made: (() => void)[] | undefined;
  #over = false;

  constructor(source: ReadableStream<unknown>, reading: StreamReading) {
    this.#source = source;
    this.#reading = reading;
    this.#keep = whenAbandoned(this, lossOf(reading));
  }

  /** What comes from there on, for the SDK to keep: it is read itself, or branches of it are. */
  rest(start: Place): ReadableStream<unknown> {
    // What was read before is not held.
    const cursor = { at: start };
    const stream = this.#from(cursor, LAZY, async (reason) => {
      this.#finish();
      this.#reading.left();
      await (this.#reader ?? this.#source).cancel(reason);
    });
    const tee = (): ReadableStream<unknown>[] =>
      stream.locked ? ReadableStream.prototype.tee.call(stream) : [this.#branch(cursor.at), this.rest(cursor.at)];
    return Object.defineProperty(stream, 'tee', { value: tee, writable: true, configurable: true });
  }

  branchesOf<Result>(fn: () => Result): readonly [result: Result, gone: () => void] {
    const made: (() => void)[] = [];
    this.#made = made;
    try {
      return [fn(), () => made.forEach((gone) => gone())];
    } finally {
      this.#made = undefined;
    }
  }

  #branch(start: Place): ReadableStream<unknown> {
    const gone = (): void => {
      if (!this.#readers.delete(gone)) return;
      // Who leaves one branch may take another at once: the text of a run whose stream was read in part.
      if (this.#isLeft()) setImmediate(() => this.#isLeft() && this.#reading.left());
    };
    this.#readers.add(gone);
    this.#made?.push(gone);
    return this.#from({ at: start }, undefined, gone);
  }

  #isLeft(): boolean {
    return this.#readers.size === 0 && !this.#over;
  }

  #from(
    cursor: { at: Place },
    strategy: QueuingStrategy | undefined,
    cancel: (reason: unknown) => void | Promise<void>,
  ): ReadableStream<unknown> {
    const pull = async (controller: ReadableStreamDefaultController<unknown>): Promise<void> => {
      const { done, value } = await (cursor.at.step ??= this.#read());
      cursor.at = cursor.at.next ??= {};
      if (done) controller.close();
      else controller.enqueue(value);
    };
    return new ReadableStream<unknown>({ pull, cancel }, strategy);
  }

  async #read(): Promise<Step> {
    try {
      this.#reader ??= this.#source.getReader();
      const result = await this.#reader.read();
      if (!result.done) this.#reading.chunk(result.value);
      else if (this.#finish()) this.#reading.ended();
      return result;
    } catch (error) {
      if (this.#finish()) this.#reading.failed(error);
      throw error;
    }
  }

  #finish(): boolean {
    if (this.#over) return false;
    this.#keep();
    this.#over = true;
    return true;
  }
}

// Made out here: in the constructor it would hold the stream.
function lossOf(reading: StreamReading): () => void {
  return () => reading.left();
}
