// SPDX-License-Identifier: Apache-2.0
import type { Scope } from './scope.ts';

/** What one module keeps of scopes, and no other reads. */
export interface Slot<Value> {
  get(scope: Scope): Value | undefined;
  set(scope: Scope, value: Value | undefined): void;
}

/**
 * A place on every scope. Not a WeakMap: what that holds of an object as young as a call is only freed by a major collection, and all that the call
 * holds with it.
 */
export function createSlot<Value>(name: string): Slot<Value> {
  const key = Symbol(`flow.${name}`);
  type Holder = Scope & { [key]?: Value | undefined };
  return {
    get: (scope) => (scope as Holder)[key],
    set: (scope, value) => void ((scope as Holder)[key] = value),
  };
}
