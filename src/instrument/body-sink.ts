// SPDX-License-Identifier: Apache-2.0

/** What a tap tells about a response body while its owner reads it. The first of `end`, `fail` and `cancel` counts. */
export interface BodySink {
  /** Bytes or text, before the reader gets them. Must not keep or change the bytes. */
  push(bytes: Uint8Array | string): void;
  /** The body as the reader parsed it, instead of its text. */
  parsed(json: unknown): void;
  /** One event of a stream as its reader parsed it, instead of its bytes; absent where bytes are wanted. */
  item?(item: unknown): void;
  end(): void;
  fail(error: unknown): void;
  /** The reader stopped, or the response was collected unread. */
  cancel(how: 'closed' | 'abandoned'): void;
}

/** Ends the sink of something that was collected. Made out here: closures of one function share what any of them holds, and this one outlives what is read. */
export function lossOf(sink: BodySink): () => void {
  return () => sink.cancel('abandoned');
}
