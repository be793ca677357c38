// SPDX-License-Identifier: Apache-2.0
import { whenAbandoned } from '../pipeline/abandoned.ts';

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

/** The watch on one response. Reading members are shared by all: a function of its own on each would have V8 keep a hidden class, and with it the call. */
class Tap {
  readonly response: Response;
  readonly makeSink: () => BodySink;
  readonly sink: BodySink;
  /** What the response's own members were. */
  readonly originals: { readonly [name: string]: unknown };
  /** Somebody reads: from now on the reading tells, and not that the response was collected. */
  readonly begin: () => void;
  body: ReadableStream | undefined;
  /** Its events are watched, not its bytes. */
  byItem = false;
  /** The body that was given out goes unread. */
  leaveBody: (() => void) | undefined;

  constructor(response: Response, makeSink: () => BodySink) {
    this.response = response;
    this.makeSink = makeSink;
    this.sink = makeSink();
    const { text, json, arrayBuffer, bytes, buffer, blob, formData, clone } = response as Response & {
      buffer: unknown;
    };
    this.originals = { text, json, arrayBuffer, bytes, buffer, blob, formData, clone };
    this.begin = whenAbandoned(response, lossOf(this.sink));
  }

  async read(name: string, tell: (sink: BodySink, value: unknown) => void): Promise<unknown> {
    const { sink, response } = this;
    this.begin();
    try {
      const value: unknown = await (this.originals[name] as () => unknown).call(response);
      tell(sink, value);
      sink.end();
      return value;
    } catch (error) {
      sink.fail(error);
      throw error;
    }
  }
}

// On the response itself: what a WeakMap holds, young as it is, is only freed by a major collection, and that would be each call with its body.
const TAP = Symbol('flow.tap');
const tapOf = (response: Response): Tap => (response as Response & { [TAP]: Tap })[TAP];

const READERS: Record<string, (sink: BodySink, value: unknown) => void> = {
  text: (sink, value) => sink.push(value as string),
  json: (sink, value) => sink.parsed(value),
  arrayBuffer: (sink, value) => sink.push(new Uint8Array(value as ArrayBuffer)),
  bytes: (sink, value) => sink.push(value as Uint8Array),
  buffer: (sink, value) => sink.push(value as Uint8Array),
  blob: () => undefined,
  formData: () => undefined,
};
const hidden = (value: unknown): PropertyDescriptor => ({
  value,
  configurable: true,
  writable: true,
  enumerable: false,
});
const SHADOWS: readonly (readonly [name: string, shadow: PropertyDescriptor])[] = [
  ...Object.entries(READERS).map(
    ([name, tell]) =>
      [
        name,
        hidden(async function read(this: Response): Promise<unknown> {
          return tapOf(this).read(name, tell);
        }),
      ] as const,
  ),
  // A clone is read on its own: whichever is read to its end first tells.
  [
    'clone',
    hidden(function clone(this: Response): Response {
      const { originals, makeSink } = tapOf(this);
      const copy = (originals['clone'] as () => Response).call(this);
      tapResponse(copy, makeSink);
      return copy;
    }),
  ],
];
const BODY: PropertyDescriptor = {
  configurable: true,
  enumerable: false,
  get(this: Response): ReadableStream {
    const tap = tapOf(this);
    return tap.byItem ? bodyOf(this) : (tap.body ??= tapStream(tap));
  },
};

/**
 * Watches the body of a provider's own Response without touching its bytes: the same object, the same class, read by whoever reads it when they
 * read it. Its reading members are shadowed on the instance; they call the originals. `makeSink` gives each copy of the body a sink of its own.
 */
export function tapResponse(response: Response, makeSink: () => BodySink): void {
  const tap = new Tap(response, makeSink);
  Object.defineProperty(response, TAP, hidden(tap));
  for (const [name, shadow] of SHADOWS)
    if (typeof tap.originals[name] === 'function') Object.defineProperty(response, name, shadow);
  tapBody(response, tap);
}

/** The sink of a response whose reader tells the events that it parses: its bytes are let alone from now on. Undefined where bytes are wanted, or told already. */
export function sinkOfItems(response: Response): BodySink | undefined {
  const tap = tapOf(response) as Tap | undefined;
  if (tap?.sink.item === undefined || tap.byItem) return undefined;
  tap.byItem = true;
  tap.begin();
  tap.leaveBody?.();
  return tap.sink;
}

/** For a reader that goes without cancelling: its call is over, and the body stays as it is. */
export function leaveBody(response: Response): void {
  (tapOf(response) as Tap | undefined)?.sink.cancel('closed');
}

// oxlint-disable-next-line typescript/no-explicit-any -- fetch implementations differ: web streams, Node streams, none
function tapBody(response: any, tap: Tap): void {
  const body = response.body;
  if (body === null || body === undefined) return;
  if (typeof body.getReader === 'function') Object.defineProperty(response, 'body', BODY);
  else if (typeof body[Symbol.asyncIterator] === 'function') {
    const iterate = body[Symbol.asyncIterator].bind(body) as () => AsyncIterator<Uint8Array>;
    Object.defineProperty(
      body,
      Symbol.asyncIterator,
      hidden(() => tapIterator(iterate(), tap)),
    );
  }
}

const bodyOf = (response: Response): ReadableStream<Uint8Array> =>
  Reflect.get(Object.getPrototypeOf(response) as object, 'body', response) as ReadableStream<Uint8Array>;

// Lazy to the last: nothing is read before somebody pulls. Of the kind that the original is: a byte stream takes its chunks away from whoever made them.
function tapStream(tap: Tap): ReadableStream {
  const { sink, response } = tap;
  let reader: ReadableStreamDefaultReader<Uint8Array> | undefined;
  const source = {
    async pull(controller: ReadableStreamDefaultController | ReadableByteStreamController): Promise<void> {
      tap.begin();
      try {
        reader ??= bodyOf(response).getReader();
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
      await (reader === undefined ? bodyOf(response).cancel(reason) : reader.cancel(reason));
    },
  };
  const stream = isByteStream(bodyOf(response))
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

async function* tapIterator(chunks: AsyncIterator<Uint8Array>, tap: Tap): AsyncGenerator<Uint8Array> {
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
