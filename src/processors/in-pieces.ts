// SPDX-License-Identifier: Apache-2.0

/** How long one piece of work may keep the event loop. */
const PIECE_MS = 4;

/**
 * Does the work in pieces, between which the event loop turns; a promise that it yields is waited for. `spent` is told the milliseconds of each piece,
 * and of such a wait.
 */
export async function inPieces<Result>(
  work: Generator<unknown, Result>,
  spent?: (millis: number) => void,
): Promise<Result> {
  for (;;) {
    const start = performance.now();
    const last = nextPiece(work, start + PIECE_MS);
    if (last.value instanceof Promise) await last.value;
    spent?.(performance.now() - start);
    if (last.done === true) return last.value;
    if (!(last.value instanceof Promise)) await new Promise((resolve) => setImmediate(resolve));
  }
}

function nextPiece<Result>(work: Generator<unknown, Result>, deadline: number): IteratorResult<unknown, Result> {
  for (;;) {
    const last = work.next();
    if (last.done === true || last.value instanceof Promise || performance.now() >= deadline) return last;
  }
}
