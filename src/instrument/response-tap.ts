// SPDX-License-Identifier: Apache-2.0
import { whenAbandoned } from '../pipeline/abandoned.ts';
import { type BodySink, lossOf } from './body-sink.ts';
import { type WatchedBody, bodyOf, tapIterator, tapStream } from './tapped-body.ts';

/** The watch on one response. Reading members are shared by all: a function of its own on each would have V8 keep a hidden class, and with it the call. */
class Tap implements WatchedBody {
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
