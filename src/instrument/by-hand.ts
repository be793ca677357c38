// SPDX-License-Identifier: Apache-2.0
import type { Instrumentation } from './definition.ts';
import { copyOf } from './client-copy.ts';
import { patch } from './hooks.ts';
import { tallyOf } from './ledger.ts';

/**
 * Patches an SDK that loads where no hook of ours sees it: `target` is its client class, what the package exports, or a client. Returns
 * whether it is the client of a supported SDK. Patching what is patched changes nothing.
 */
export function instrumentWith(instrumentations: readonly Instrumentation[], target: unknown): boolean {
  const exports: unknown = typeof target === 'object' && target !== null ? (classOf(target) ?? target) : target;
  const instrumentation = instrumentations.find((each) => each.clientIn(exports) !== undefined);
  if (instrumentation === undefined) return false;
  const { module } = instrumentation;
  const copy = { ...copyOf(instrumentation.clientIn(exports), module), name: module };
  patch(instrumentation, { ...copy, exports, tally: tallyOf(copy) });
  return true;
}

/** A client's class; undefined for a plain object or a namespace, which are what the package exports. */
function classOf(target: object): unknown {
  const prototype: unknown = Object.getPrototypeOf(target);
  return prototype === null || prototype === Object.prototype ? undefined : target.constructor;
}
