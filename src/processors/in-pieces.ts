// SPDX-License-Identifier: Apache-2.0

/** How long one piece of work may keep the event loop. */
const PIECE_MS = 4;

/** Does the work in pieces, between which the event loop turns. `spent` is told the milliseconds of each piece. */
export async function inPieces<Result>(
  work: Generator<unknown, Result>,
  spent?: (millis: number) => void,
): Promise<Result> {
  for (;;) {
    const start = performance.now();
    const last = nextPiece(work, start + PIECE_MS);
    spent?.(performance.now() - start);
    if (last !== undefined) return last.value;
    await new Promise((resolve) => setImmediate(resolve));
  }
}

function nextPiece<Result>(work: Generator<unknown, Result>, deadline: number): { readonly value: Result } | undefined {
  do {
    const { done, value } = work.next();
    if (done === true) return { value: value as Result };
  } while (performance.now() < deadline);
  return undefined;
}
