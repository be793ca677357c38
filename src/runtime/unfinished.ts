// SPDX-License-Identifier: Apache-2.0
import { METADATA } from '../../semconv/index.ts';
import type { Scope } from '../scope/scope.ts';
import { Call } from './call.ts';
import { closeScope, openScopes } from './lifecycle.ts';
import { finish } from './managed.ts';
import type { Outcome } from './span.ts';

const OPEN: Outcome = Object.freeze({ status: 'UNSET', description: 'still open when the process ended' });

/** Closes what is still open when the process ends, innermost first, marked as unfinished. What a call records goes through its sanitizers. */
export function closeOpenScopes(): void {
  // Not by time: a scope may say that it began before the one around it.
  for (const scope of openScopes.toSorted((a, b) => depthOf(b) - depthOf(a) || b.startMicros - a.startMicros)) {
    const metadata = { [METADATA.END_REASON]: 'unfinished' };
    if (scope instanceof Call) finish(scope, undefined, OPEN, { metadata });
    else closeScope(scope, { payload: scope.data, metadata, outcome: OPEN });
  }
}

function depthOf(scope: Scope): number {
  let depth = 0;
  for (let { parent } = scope; parent !== undefined; { parent } = parent) depth++;
  return depth;
}
