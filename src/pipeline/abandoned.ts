// SPDX-License-Identifier: Apache-2.0

/**
 * What a registry's cell holds. Cells live among the long-lived objects and keep what they hold until a major collection, also after `unregister`:
 * what is to go with the call, and that is all of it, must not be held by the cell itself.
 */
interface Box {
  lost: (() => void) | undefined;
}

const registry = new FinalizationRegistry<Box>(({ lost }) => lost?.());

/** Calls `lost` when the target has been collected, unless the function returned was called before. `lost` must not reach the target. */
export function whenAbandoned(target: object, lost: () => void): () => void {
  const box: Box = { lost };
  registry.register(target, box, box);
  return () => {
    box.lost = undefined;
    registry.unregister(box);
  };
}
