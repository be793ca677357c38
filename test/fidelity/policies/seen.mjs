// SPDX-License-Identifier: Apache-2.0

/** What the policy of this process was asked; scenarios read it, and empty it when they begin. */
export const seen = [];

/** Empties the list and returns it. */
export function startWatching() {
  seen.length = 0;
  return seen;
}
