// SPDX-License-Identifier: Apache-2.0
import { whenAbandoned } from '../pipeline/abandoned.ts';
import { type BodySink, lossOf } from './body-sink.ts';
import { type WatchedBody, tapIterator, tapStream } from './tapped-body.ts';

/** How what each member reads is told. */
export const READERS: Readonly<Record<string, (sink: BodySink, value: unknown) => void>> = {
  text: (sink, value) => sink.push(value as string),
  json: (sink, value) => sink.parsed(value),
  arrayBuffer: (sink, value) => sink.push(new Uint8Array(value as ArrayBuffer)),
  bytes: (sink, value) => sink.push(value as Uint8Array),
  buffer: (sink, value) => sink.push(value as Uint8Array),
  blob: () => undefined,
  formData: () => undefined,
};

// On the response itself: what a WeakMap holds, young as it is, is only freed by a major collection, and that would be each call with its body.
export const TAP: unique symbol = Symbol('flow.tap');
/** What may be a watched response. */
export type Tapped = Response & { readonly [TAP]?: Tap };
export const tapOf = (response: Tapped): Tap | undefined => response[TAP];

/** The watch on one response of one call. */
export class Tap implements WatchedBody {
  readonly response: Response;
  readonly makeSink: () => BodySink;
  readonly sink: BodySink;
  /** Somebody reads: from now on the reading tells, and not that the response was collected. */
  readonly begin: () => void;
  /** A member of the response reads, by way of its other members or not: it tells, and they do not. */
  reading = false;
  /** Its events are watched, not its bytes. */
  byItem = false;
  /** The body that was given out goes unread. */
  leaveBody: (() => void) | undefined;
  /** Has the response's members as they are without us. */
  readonly members: object;
  #body: ReadableStream | undefined;

  /** `given` is what the SDK gets. */
  constructor(response: Response, members: object, makeSink: () => BodySink, given: object) {
    this.response = response;
    this.members = members;
    this.makeSink = makeSink;
    this.sink = makeSink();
    this.begin = whenAbandoned(given, lossOf(this.sink));
  }

  original(name: string): unknown {
    return Reflect.get(this.members, name, this.response);
  }

  call(name: string): unknown {
    return (this.original(name) as () => unknown).call(this.response);
  }

  originalBody(): ReadableStream<Uint8Array> {
    return this.original('body') as ReadableStream<Uint8Array>;
  }

  /** What `body` gives. */
  givenBody(): unknown {
    const body = this.original('body');
    if (this.byItem || this.reading || typeof body !== 'object' || body === null) return body;
    if (typeof (body as ReadableStream).getReader === 'function') return (this.#body ??= tapStream(this));
    watchIterable(body as AsyncIterable<Uint8Array>, this);
    return body;
  }

  async read(name: string): Promise<unknown> {
    if (this.reading) return this.call(name);
    const { sink } = this;
    this.begin();
    this.reading = true;
    try {
      const value: unknown = await this.call(name);
      READERS[name]?.(sink, value);
      sink.end();
      return value;
    } catch (error) {
      sink.fail(error);
      throw error;
    } finally {
      this.reading = false;
    }
  }
}

const ITERATE = Symbol('flow.iterate');
type Iterate = (() => AsyncIterator<Uint8Array>) & { [ITERATE]?: Iterate };

// A body that is no web stream: Node's own, of other implementations of `fetch`.
function watchIterable(body: AsyncIterable<Uint8Array>, tap: Tap): void {
  const found = body[Symbol.asyncIterator] as Iterate | undefined;
  if (typeof found !== 'function') return;
  const original = found[ITERATE] ?? found;
  const value: Iterate = function (this: unknown) {
    const chunks = original.call(this);
    return tap.reading ? chunks : tapIterator(chunks, tap);
  };
  value[ITERATE] = original;
  Reflect.defineProperty(body, Symbol.asyncIterator, { value, configurable: true, writable: true, enumerable: false });
}
