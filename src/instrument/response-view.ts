// SPDX-License-Identifier: Apache-2.0
import { type InspectOptions, inspect as inspector } from 'node:util';
import type { BodySink } from './body-sink.ts';
import { READERS, TAP, Tap, tapOf } from './tap.ts';

const inspectWith = inspector.custom;

type Members = Record<PropertyKey, unknown>;

/**
 * A view of something that stands for a Response and must not be written to: a mock, a proxy, what is frozen or serves other calls at the same time. It
 * looks and answers like that object; what is defined on the view is the view's own.
 */
export function viewOf(response: Response, makeSink: () => BodySink, cloneOf: (tap: Tap) => Response): Response {
  const own = Object.create(null) as Members;
  const inspect: unknown = (
    _: number,
    options: InspectOptions,
    print: (value: unknown, options: InspectOptions) => string,
  ) => print(response, options);
  Object.defineProperty(own, inspectWith, { value: inspect, configurable: true });
  const functions = new Map<PropertyKey, unknown>();
  const tapped: { tap?: Tap } = {};
  const shadow = (tap: Tap, name: PropertyKey, original: unknown): unknown => {
    if (name === 'clone') return () => cloneOf(tap);
    if (typeof name === 'string' && Object.hasOwn(READERS, name)) return () => tap.read(name);
    // Its own members look for what only the object itself has.
    return (original as (...args: unknown[]) => unknown).bind(response);
  };
  const view = new Proxy(own, {
    get(_, name) {
      const { tap } = tapped;
      if (name === TAP || tap === undefined) return tap;
      if (Object.hasOwn(own, name)) return own[name];
      if (name === 'body') return tap.givenBody();
      const value: unknown = Reflect.get(response, name, response);
      if (typeof value !== 'function' || name === 'constructor') return value;
      if (!functions.has(name)) functions.set(name, shadow(tap, name, value));
      return functions.get(name);
    },
    set: (_, name, value) => Reflect.set(response, name, value, response),
    has: (_, name) => name in own || Reflect.has(response, name),
    deleteProperty: (_, name) => Reflect.deleteProperty(own, name) && Reflect.deleteProperty(response, name),
    getPrototypeOf: () => Object.getPrototypeOf(response) as object | null,
    ownKeys: () =>
      [...new Set([...Reflect.ownKeys(response), ...Reflect.ownKeys(own)])].filter((name) => name !== inspectWith),
    getOwnPropertyDescriptor(_, name) {
      const descriptor = Object.getOwnPropertyDescriptor(own, name) ?? Object.getOwnPropertyDescriptor(response, name);
      return descriptor && { ...descriptor, configurable: true };
    },
  });
  // Another call may watch the object itself.
  tapped.tap = new Tap(response, tapOf(response)?.members ?? response, makeSink, view);
  return view as unknown as Response;
}
