// SPDX-License-Identifier: Apache-2.0

/** What a tap tells about a response body while its owner reads it. The first of `end`, `fail` and `cancel` counts. */
export interface BodySink {
  /** Bytes or text, before the reader gets them. Must not keep or change the bytes. */
  push(bytes: Uint8Array | string): void;
  /** The body as the reader parsed it, instead of its text. */
  parsed(json: unknown): void;
  end(): void;
  fail(error: unknown): void;
  /** The reader stopped, or the response was collected unread. */
  cancel(how: 'closed' | 'abandoned'): void;
}

// Held weakly: the response until somebody begins to read it, then the stream that is being read.
const lost = new FinalizationRegistry<BodySink>((sink) => sink.cancel('abandoned'));

/**
 * Watches the body of a provider's own Response without touching its bytes: the same object, the same class, read by whoever reads it when they
 * read it. Its reading members are shadowed on the instance; they call the originals. `makeSink` gives each copy of the body a sink of its own.
 */
export function tapResponse(response: Response, makeSink: () => BodySink): void {
  const sink = makeSink();
  let started = false;
  const begin = (): void => {
    if (!started) lost.unregister(response);
    started = true;
  };
  lost.register(response, sink, response);
  const shadow = (name: string, read: (value: unknown) => void): void => {
    const original = (response as unknown as Record<string, unknown>)[name];
    if (typeof original !== 'function') return;
    define(response, name, async () => {
      begin();
      try {
        const value: unknown = await original.call(response);
        read(value);
        sink.end();
        return value;
      } catch (error) {
        sink.fail(error);
        throw error;
      }
    });
  };
  shadow('text', (value) => sink.push(value as string));
  shadow('json', (value) => sink.parsed(value));
  shadow('arrayBuffer', (value) => sink.push(new Uint8Array(value as ArrayBuffer)));
  shadow('bytes', (value) => sink.push(value as Uint8Array));
  shadow('buffer', (value) => sink.push(value as Uint8Array));
  shadow('blob', () => undefined);
  shadow('formData', () => undefined);
  // A clone is read on its own: whichever is read to its end first tells.
  const { clone } = response;
  define(response, 'clone', () => {
    const copy = clone.call(response);
    tapResponse(copy, makeSink);
    return copy;
  });
  tapBody(response, sink, begin);
}

function define(target: object, name: string, value: unknown): void {
  Object.defineProperty(target, name, { value, configurable: true, writable: true, enumerable: false });
}

// oxlint-disable-next-line typescript/no-explicit-any -- fetch implementations differ: web streams, Node streams, none
function tapBody(response: any, sink: BodySink, begin: () => void): void {
  const body = response.body;
  if (body === null || body === undefined) return;
  if (typeof body.getReader === 'function') {
    let tapped: ReadableStream | undefined;
    const prototype = Object.getPrototypeOf(response) as object;
    const current = (): ReadableStream => Reflect.get(prototype, 'body', response) as ReadableStream;
    Object.defineProperty(response, 'body', {
      configurable: true,
      enumerable: false,
      get: () => (tapped ??= tapStream(current, sink, begin)),
    });
  } else if (typeof body[Symbol.asyncIterator] === 'function') {
    const iterate = body[Symbol.asyncIterator].bind(body) as () => AsyncIterator<Uint8Array>;
    define(body, Symbol.asyncIterator as never, () => tapIterator(iterate(), sink, begin));
  }
}

// Lazy to the last: nothing is read, and the original is not even locked, before somebody pulls.
function tapStream(original: () => ReadableStream<Uint8Array>, sink: BodySink, begin: () => void): ReadableStream {
  let reader: ReadableStreamDefaultReader<Uint8Array> | undefined;
  const stream = new ReadableStream(
    {
      type: 'bytes',
      async pull(controller) {
        begin();
        try {
          reader ??= original().getReader();
          const { done, value } = await reader.read();
          if (done) {
            sink.end();
            controller.close();
            controller.byobRequest?.respond(0);
            return;
          }
          sink.push(value);
          controller.enqueue(value as Uint8Array<ArrayBuffer>);
        } catch (error) {
          sink.fail(error);
          throw error;
        }
      },
      async cancel(reason) {
        begin();
        sink.cancel('closed');
        await (reader === undefined ? original().cancel(reason) : reader.cancel(reason));
      },
    },
    { highWaterMark: 0 },
  );
  lost.register(stream, sink);
  return stream;
}

async function* tapIterator(
  chunks: AsyncIterator<Uint8Array>,
  sink: BodySink,
  begin: () => void,
): AsyncGenerator<Uint8Array> {
  begin();
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
