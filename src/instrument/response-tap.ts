// SPDX-License-Identifier: Apache-2.0
import { whenAbandoned } from '../pipeline/abandoned.ts';
import { type BodySink, lossOf } from './body-sink.ts';
import { type WatchedBody, tapIterator, tapStream } from './tapped-body.ts';

/** What members of a response are without us. */
interface Originals {
  readonly prototype: object;
  /** Those that are the object's own: it stands in for a response. */
  readonly own: { readonly [name: string]: unknown };
}

/** The watch on one response. */
class Tap implements WatchedBody {
  readonly response: Response;
  readonly makeSink: () => BodySink;
  readonly sink: BodySink;
  readonly originals: Originals;
  /** Somebody reads: from now on the reading tells, and not that the response was collected. */
  readonly begin: () => void;
  body: ReadableStream | undefined;
  /** Its events are watched, not its bytes. */
  byItem = false;
  /** The body that was given out goes unread. */
  leaveBody: (() => void) | undefined;

  constructor(response: Response, makeSink: () => BodySink, originals: Originals) {
    this.response = response;
    this.makeSink = makeSink;
    this.sink = makeSink();
    this.originals = originals;
    this.begin = whenAbandoned(response, lossOf(this.sink));
  }

  original(name: string): unknown {
    const { own, prototype } = this.originals;
    return name in own ? own[name] : Reflect.get(prototype, name, this.response);
  }

  originalBody(): ReadableStream<Uint8Array> {
    return this.original('body') as ReadableStream<Uint8Array>;
  }

  async read(name: string, tell: (sink: BodySink, value: unknown) => void): Promise<unknown> {
    const { sink, response } = this;
    this.begin();
    try {
      const value: unknown = await (this.original(name) as () => unknown).call(response);
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
        hidden(function read(this: Response): Promise<unknown> {
          return tapOf(this).read(name, tell);
        }),
      ] as const,
  ),
  // A clone is read on its own: whichever is read to its end first tells.
  [
    'clone',
    hidden(function clone(this: Response): Response {
      const tap = tapOf(this);
      const copy = (tap.original('clone') as () => Response).call(this);
      tapResponse(copy, tap.makeSink);
      return copy;
    }),
  ],
  [
    'body',
    {
      configurable: true,
      enumerable: false,
      get(this: Response): unknown {
        const tap = tapOf(this);
        const body = tap.original('body');
        return tap.byItem || !isWebStream(body) ? body : (tap.body ??= tapStream(tap));
      },
    },
  ],
];
const isWebStream = (body: unknown): boolean =>
  typeof body === 'object' && body !== null && typeof (body as ReadableStream).getReader === 'function';

/** What watched responses of one prototype have instead of it: to give each its own members costs ten times as much. */
interface Shadowed {
  readonly prototype: object;
  readonly originals: Originals;
}

const NONE: Originals['own'] = Object.freeze({});
const shadowed = new WeakMap<object, Shadowed>();

function shadowedPrototype(prototype: object): Shadowed {
  let made = shadowed.get(prototype);
  if (made === undefined) {
    const members = SHADOWS.filter(([name]) => name in prototype);
    const descriptors = Object.fromEntries(members) as PropertyDescriptorMap;
    made = { prototype: Object.create(prototype, descriptors) as object, originals: { prototype, own: NONE } };
    shadowed.set(prototype, made);
  }
  return made;
}

/**
 * Watches the body of a provider's own Response without touching its bytes: the same object, of the same class, read by whoever reads it when they
 * read it. Its reading members are shadowed; they call the originals. `makeSink` gives each copy of the body a sink of its own. Where an application
 * answers with one object again and again, the last watch is told.
 */
export function tapResponse(response: Response, makeSink: () => BodySink): void {
  const before = tapOf(response) as Tap | undefined;
  const tap = new Tap(response, makeSink, before?.originals ?? shadow(response));
  Object.defineProperty(response, TAP, hidden(tap));
  tapIterable(tap);
}

function shadow(response: Response): Originals {
  const own = Object.getOwnPropertyNames(response).length === 0 ? undefined : shadowOwn(response);
  const base = Object.getPrototypeOf(response) as object | null;
  if (base === null) return { prototype: NONE, own: own ?? NONE };
  const { prototype, originals } = shadowedPrototype(base);
  Reflect.setPrototypeOf(response, prototype);
  return own === undefined ? originals : { ...originals, own };
}

function shadowOwn(response: Response): Originals['own'] | undefined {
  let own: Record<string, unknown> | undefined;
  for (const [name, replacement] of SHADOWS)
    if (Object.hasOwn(response, name)) {
      (own ??= {})[name] = response[name as keyof Response];
      Object.defineProperty(response, name, replacement);
    }
  return own;
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

// A body that is no web stream: Node's own, of other implementations of `fetch`.
function tapIterable(tap: Tap): void {
  const body = tap.original('body') as AsyncIterable<Uint8Array> | null | undefined;
  if (body === null || body === undefined || isWebStream(body)) return;
  if (typeof body[Symbol.asyncIterator] !== 'function') return;
  const iterate = body[Symbol.asyncIterator].bind(body);
  Object.defineProperty(
    body,
    Symbol.asyncIterator,
    hidden(() => tapIterator(iterate(), tap)),
  );
}
