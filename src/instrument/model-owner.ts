// SPDX-License-Identifier: Apache-2.0
import { getRuntime } from '../api/runtime.ts';
import type { Codec } from '../codecs/annotated.ts';
import type { Call } from '../runtime/call.ts';
import type { Scope } from '../scope/scope.ts';

/** On the call itself: several copies of Flow may be loaded. */
const OWNED: unique symbol = Symbol.for('flow.owned') as never;
type Owned = Call & { [OWNED]?: true };

/** A framework manages this model call, because it knows of no SDK of ours beneath. If there is one all the same, that leaves it alone. */
export function ownModelCall(call: Call): void {
  (call as Owned)[OWNED] = true;
}

/** Whether a model call that a framework manages is what makes this request: it is managed already. Calls of middleware are calls of their own. */
export function isOwnedAbove(codec?: Codec): boolean {
  const { scope, running } = getRuntime().internals.currentFrame();
  const call = callAround(scope);
  if (call?.kind !== 'llm' || call.ended) return false;
  if (codec?.operation === 'embeddings' && call.codec?.operation !== 'embeddings') return false;
  const isOwned = (call as Owned)[OWNED] === true || (call.parent as Owned | undefined)?.[OWNED] === true;
  return isOwned && call.frame.running === running;
}

function callAround(scope: Scope): Call | undefined {
  let at: Scope | undefined = scope;
  while (at !== undefined && at.call === undefined && at.type !== 'agent') at = at.parent;
  return at?.call as Call | undefined;
}
