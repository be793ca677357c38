// SPDX-License-Identifier: Apache-2.0
import { METADATA } from '../../semconv/index.ts';
import { closeScope, openScopes } from './lifecycle.ts';

/** Closes what is still open when the process ends, innermost first, marked as unfinished. */
export function closeOpenScopes(): void {
  for (const scope of openScopes.toSorted((a, b) => b.startMicros - a.startMicros))
    closeScope(scope, {
      payload: scope.data,
      metadata: { [METADATA.END_REASON]: 'unfinished' },
      outcome: { status: 'UNSET', description: 'still open when the process ended' },
    });
}
