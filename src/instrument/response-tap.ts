// SPDX-License-Identifier: Apache-2.0
import { types } from 'node:util';
import type { BodySink } from './body-sink.ts';
import { viewOf } from './response-view.ts';
import { READERS, TAP, Tap, type Tapped, tapOf } from './tap.ts';

const SHADOWED: ReadonlySet<string> = new Set([...Object.keys(READERS), 'clone', 'body']);
const hidden = { configurable: true, enumerable: false } as const;

/** What watched responses have for a prototype, by the one that they had: to give each its own members costs ten times as much. */
const watching = new WeakMap<object, object>();
/** The other way round. */
const bases = new WeakMap<object, object>();

function watchingPrototype(base: object): object {
  let made = watching.get(base);
  if (made === undefined) {
    // Whatever has got this prototype from a watched response without being one has the members of before.
    const member = (response: Response, name: string, ofTap: (tap: Tap) => unknown): unknown => {
      const tap = tapOf(response);
      return tap === undefined ? Reflect.get(base, name, response) : ofTap(tap);
    };
    const method = (name: string): PropertyDescriptor => ({
      ...hidden,
      writable: true,
      value(this: Response): unknown {
        const call = member(this, name, (tap) => () => (name === 'clone' ? cloneOf(tap) : tap.read(name)));
        return (call as () => unknown).call(this);
      },
    });
    const body = {
      ...hidden,
      get(this: Response): unknown {
        return member(this, 'body', (tap) => tap.givenBody());
      },
    };
    const names = [...SHADOWED].filter((name) => name in base);
    const members = names.map((name) => [name, name === 'body' ? body : method(name)]);
    made = Object.create(base, Object.fromEntries(members) as PropertyDescriptorMap) as object;
    watching.set(base, made);
    bases.set(made, base);
  }
  return made;
}

// A clone is read on its own: whichever is read to its end first tells.
const cloneOf = (tap: Tap): Response => tapResponse(tap.call('clone') as Response, tap.makeSink);

/**
 * Watches the body of a provider's Response without touching its bytes, read by whoever reads it when they read it. Returns what the SDK is to be
 * given: the same object where it is a fresh instance of a class, as those of `fetch` are; of anything else, which may be frozen, shared or of any make,
 * a view. `makeSink` gives each copy of the body a sink of its own.
 */
export function tapResponse(response: Response, makeSink: () => BodySink): Response {
  if (!isFreshInstance(response)) return viewOf(response, makeSink, cloneOf);
  const prototype = Object.getPrototypeOf(response) as object;
  const base = bases.get(prototype) ?? prototype;
  const tap = new Tap(response, base, makeSink, response);
  Object.defineProperty(response, TAP, { ...hidden, writable: true, value: tap });
  return Object.setPrototypeOf(response, watchingPrototype(base)) as Response;
}

function isFreshInstance(response: Response): boolean {
  return (
    !types.isProxy(response) &&
    Object.isExtensible(response) &&
    !Object.hasOwn(response, TAP) &&
    'text' in ((Object.getPrototypeOf(response) as object | null) ?? {}) &&
    !Object.getOwnPropertyNames(response).some((name) => SHADOWED.has(name))
  );
}

/** The sink of a response whose reader tells the events that it parses: its bytes are let alone from now on. Undefined where bytes are wanted, or told already. */
export function sinkOfItems(response: Tapped): BodySink | undefined {
  const tap = tapOf(response);
  if (tap?.sink.item === undefined || tap.byItem) return undefined;
  tap.byItem = true;
  tap.begin();
  tap.leaveBody?.();
  return tap.sink;
}

/** For a reader that goes without cancelling: its call is over, and the body stays as it is. */
export function leaveBody(response: Tapped): void {
  tapOf(response)?.sink.cancel('closed');
}
