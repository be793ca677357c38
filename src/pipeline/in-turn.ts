// SPDX-License-Identifier: Apache-2.0

/** True for anything that `await` would wait for. Throws where its `then` cannot be read. */
export function isThenable(value: unknown): value is PromiseLike<unknown> {
  return (
    ((typeof value === 'object' && value !== null) || typeof value === 'function') &&
    typeof (value as { then?: unknown }).then === 'function'
  );
}

/**
 * Visits one after the other, and waits for those whose visit returned a promise. Synchronous to the end when none did: a chain of
 * synchronous middleware costs no promise and no tick. The first visit that throws or rejects is the last.
 */
export function inTurn<Item>(
  items: readonly Item[],
  visit: (item: Item) => void | Promise<void>,
): void | Promise<void> {
  for (let index = 0; index < items.length; index++) {
    const visited = visit(items[index] as Item);
    if (visited !== undefined) return visitRest(visited, items, index + 1, visit);
  }
  return undefined;
}

async function visitRest<Item>(
  pending: Promise<void>,
  items: readonly Item[],
  from: number,
  visit: (item: Item) => void | Promise<void>,
): Promise<void> {
  await pending;
  for (let index = from; index < items.length; index++) await visit(items[index] as Item);
}
