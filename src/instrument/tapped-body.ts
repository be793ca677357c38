// SPDX-License-Identifier: Apache-2.0
import { whenAbandoned } from '../pipeline/abandoned.ts';
import { type BodySink, lossOf } from './body-sink.ts';

/** A response whose body is watched. */
export interface WatchedBody {
  readonly sink: BodySink;
  /** Somebody reads: from now on the reading tells, and not that the response was collected. */
  readonly begin: () => void;
  /** The body that was given out goes unread. */
  leaveBody: (() => void) | undefined;
  /** The body that the response itself has. */
  originalBody(): ReadableStream<Uint8Array>;
}

/** Lazy to the last: nothing is read before somebody pulls. Of the kind that the original is: a byte stream takes its chunks away from whoever made them. */
export function tapStream(tap: WatchedBody): ReadableStream {
  const { sink } = tap;
  let reader: ReadableStreamDefaultReader<Uint8Array> | undefined;
  const source = {
    async pull(controller: ReadableStreamDefaultController | ReadableByteStreamController): Promise<void> {
      tap.begin();
      try {
        reader ??= tap.originalBody().getReader();
        const { done, value } = await reader.read();
        if (done) {
          keep();
          sink.end();
          controller.close();
          if ('byobRequest' in controller) controller.byobRequest?.respond(0);
          return;
        }
        sink.push(value);
        controller.enqueue(value as Uint8Array<ArrayBuffer>);
      } catch (error) {
        keep();
        sink.fail(error);
        throw error;
      }
    },
    async cancel(reason: unknown): Promise<void> {
      tap.begin();
      keep();
      sink.cancel('closed');
      await (reader === undefined ? tap.originalBody().cancel(reason) : reader.cancel(reason));
    },
  };
  const stream = isByteStream(tap.originalBody())
    ? new ReadableStream({ ...source, type: 'bytes' }, { highWaterMark: 0 })
    : new ReadableStream(source, { highWaterMark: 0 });
  const keep = whenAbandoned(stream, lossOf(sink));
  tap.leaveBody = keep;
  return stream;
}

// Nothing else tells.
function isByteStream(stream: ReadableStream<Uint8Array>): boolean {
  try {
    stream.getReader({ mode: 'byob' }).releaseLock();
    return true;
  } catch {
    return false;
  }
}

/** The chunks of a body that is no web stream. */
export async function* tapIterator(chunks: AsyncIterator<Uint8Array>, tap: WatchedBody): AsyncGenerator<Uint8Array> {
  const { sink } = tap;
  tap.begin();
  let open = true;
  try {
    for (;;) {
      const { done, value } = await chunks.next();
      if (done === true) break;
      sink.push(value);
      yield value;
    }
    open = false;
    sink.end();
  } catch (error) {
    open = false;
    sink.fail(error);
    throw error;
  } finally {
    if (open) {
      sink.cancel('closed');
      await chunks.return?.();
    }
  }
}
