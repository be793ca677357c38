// SPDX-License-Identifier: Apache-2.0

/** Things done between two pauses of work that may be done piece by piece: some tens of microseconds. */
export const PACE = 32;

/** Does all of it now. */
export function drain<Result>(work: Generator<unknown, Result>): Result {
  for (;;) {
    const { done, value } = work.next();
    if (done === true) return value as Result;
  }
}
