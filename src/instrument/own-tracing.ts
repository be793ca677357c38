// SPDX-License-Identifier: Apache-2.0
/* oxlint-disable typescript/no-explicit-any -- handles a foreign SDK's private objects */
import { getRuntime } from '../api/runtime.ts';

const PATCHED = Symbol.for('flow.patched');
/** What clients settled on whose spans were switched off: a copy of such a client is given that as its option. */
const switchedOff = new WeakSet<object>();

/** True where the SDK makes spans for this client's calls: who asked for them gets them, and we make none beside them. */
export function makesOwnSpans(client: any): boolean {
  return (client?._tracer ?? undefined) !== undefined;
}

/**
 * Switches off the spans that an SDK makes itself, and makes by default, for clients whose `openTelemetry` option was left open: ours stand in
 * their place. Not where a variable of the environment asks for them. Only the constructor is told the option: it is called through the class beneath.
 */
export function patchOwnTracing(Client: any, by: string, environment: RegExp): void {
  const found = baseOf(Client);
  if (found === undefined || Object.hasOwn(found.Base, PATCHED)) return;
  const { Base, Below } = found;
  Object.defineProperty(Base, PATCHED, { value: true });
  const constructing: object = new Proxy(Base, {
    construct(target, args, newTarget) {
      const client: any = Reflect.construct(target, args, newTarget);
      const { hasSpans } = getRuntime().internals.settings;
      if (makesOwnSpans(client) && hasSpans(by) && isOpen(args[0]?.openTelemetry, environment)) {
        client._tracer = undefined;
        switchedOff.add(client.openTelemetry as object);
      }
      return client;
    },
  });
  Object.setPrototypeOf(Below, constructing);
}

function isOpen(option: unknown, environment: RegExp): boolean {
  if (option !== undefined && option !== null) return switchedOff.has(option as object);
  return !Object.entries(process.env).some(([name, value]) => environment.test(name) && value !== '');
}

/** The class that has these spans, and the one that extends it. */
function baseOf(Client: any): { readonly Base: any; readonly Below: any } | undefined {
  for (let Below = Client; typeof Below === 'function'; Below = Object.getPrototypeOf(Below)) {
    const Base = Object.getPrototypeOf(Below);
    const prototype: unknown = typeof Base === 'function' ? Base.prototype : undefined;
    if (typeof prototype === 'object' && prototype !== null && Object.hasOwn(prototype, 'makeTracedRequest'))
      return { Base, Below };
  }
  return undefined;
}
