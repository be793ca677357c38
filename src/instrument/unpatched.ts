// SPDX-License-Identifier: Apache-2.0
import { getRuntime } from '../api/runtime.ts';
import { FlowError } from '../errors.ts';
import { isPolicy } from '../pipeline/registry.ts';

const warned = new Set<string>();
const guarded = new WeakSet<object>();

// Of the one runtime: `--import` loads the CommonJS copy of Flow, and what the application hands to `instrument()` may be patched by the other.
const refuses = (): boolean => getRuntime().internals.settings.refusesUnpatched === true;

/** Throws `FLOW_UNPATCHED` where such calls are refused and policy is in force: of the process or of the current scope, and not gated. */
export function checkUnpatched(message: string): void {
  if (refuses() && isPolicyInForce()) throw refusal(message);
}

/** The same for what can be managed in another way: true where that has to be done before it is known that nothing else sees the call. */
export function mustSeeAll(): boolean {
  return refuses() && isPolicyInForce();
}

/** The same where no SDK at all can be patched: at once, since policy may still come. */
export function checkHooks(message: string): void {
  if (refuses()) throw refusal(message);
}

/** The same for one call whose request cannot be read; where it is let through although there is policy, that is said once for each SDK and fix. */
export function checkUnreadable(sdk: string, what: string, fix: string = 'send a plain object'): void {
  const kind = `${sdk}: ${fix}`;
  if ((!refuses() && warned.has(kind)) || !isPolicyInForce()) return;
  const message = `${sdk}: policy cannot read ${what}; ${fix}`;
  if (refuses()) throw refusal(message);
  warned.add(kind);
  getRuntime().internals.settings.print(
    'warn',
    `${message} (it went out unseen; FLOW_UNPATCHED=refuse refuses such calls)`,
  );
}

/**
 * Makes every method of a client without its seam check first: policy may be registered after the SDK was loaded, and which method leads
 * to the provider is not known. Inherited methods are shadowed: their class may be of somebody else.
 */
export function guardClient(client: unknown, message: string): void {
  const own: unknown = (client as { prototype?: unknown } | undefined)?.prototype;
  if (!refuses() || typeof own !== 'object' || own === null || guarded.has(own)) return;
  guarded.add(own);
  for (const [name, method] of methodsOf(own)) {
    const checked = function (this: unknown, ...args: unknown[]): unknown {
      checkUnpatched(message);
      return Reflect.apply(method, this, args);
    };
    // Frozen or sealed, it stays as it is; the warning at its loading said so.
    Reflect.defineProperty(own, name, { value: checked, writable: true, configurable: true, enumerable: false });
  }
}

function refusal(message: string): FlowError {
  return new FlowError('FLOW_UNPATCHED', `${message}, or let such calls through with FLOW_UNPATCHED=warn`);
}

/** True where something decides about calls: of the process or of the current scope, and not gated. */
export function isPolicyInForce(): boolean {
  const registrations = getRuntime().flow.registrations();
  return registrations.some(({ kind, excluded }) => isPolicy(kind) && excluded === undefined);
}

function methodsOf(own: object): ReadonlyMap<PropertyKey, (...args: unknown[]) => unknown> {
  const methods = new Map<PropertyKey, (...args: unknown[]) => unknown>();
  for (let at = own; at !== null && at !== Object.prototype; at = Object.getPrototypeOf(at) as object)
    for (const name of Reflect.ownKeys(at)) {
      const value: unknown = Object.getOwnPropertyDescriptor(at, name)?.value;
      if (name !== 'constructor' && typeof value === 'function' && !methods.has(name))
        methods.set(name, value as (...args: unknown[]) => unknown);
    }
  return methods;
}
