// SPDX-License-Identifier: Apache-2.0

// An application's tests may put a clock of their own in its place.
const soon = setImmediate;

/**
 * What a registry's cell holds. Cells live among the long-lived objects and keep what they hold until a major collection, also after `unregister`:
 * what is to go with the call, and that is all of it, must not be held by the cell itself.
 */
interface Box {
  lost: (() => void) | undefined;
  /** Held until the registry watches it; undefined from then on, or when it needs no watch any more. */
  target: object | undefined;
}

const registry = new FinalizationRegistry<Box>(({ lost }) => lost?.());

// Most are read to their end, or begun, in the turn of the event loop that brought them: the registry, which costs more than all the rest, sees only the others.
let fresh: Box[] = [];
/** Where the event loop does not turn, or an application's tests stop its clock. */
const MOST_FRESH = 256;

function watchFresh(): void {
  const boxes = fresh;
  fresh = [];
  for (const box of boxes) {
    if (box.target !== undefined) registry.register(box.target, box, box);
    box.target = undefined;
  }
}

/** Calls `lost` when the target has been collected, unless the function returned was called before. `lost` must not reach the target. */
export function whenAbandoned(target: object, lost: () => void): () => void {
  const box: Box = { lost, target };
  if (fresh.push(box) === 1) soon(watchFresh).unref();
  else if (fresh.length >= MOST_FRESH) watchFresh();
  return () => {
    box.lost = undefined;
    if (box.target === undefined) registry.unregister(box);
    else box.target = undefined;
  };
}
