// SPDX-License-Identifier: Apache-2.0

/** Collects items until there are enough of them or time is up. It drops nothing and never holds the process. */
export interface Batches<T> {
  add(item: T): void;
  /** Hands over all that is collected, at once. */
  flush(): void;
  /** The same cut for a list. */
  split(items: readonly T[]): readonly (readonly T[])[];
}

export function createBatches<T>(
  {
    scheduledDelayMillis,
    maxExportBatchSize: size,
  }: { readonly scheduledDelayMillis: number; readonly maxExportBatchSize: number },
  take: (items: readonly T[]) => void,
): Batches<T> {
  let collected: T[] = [];
  let timer: NodeJS.Timeout | undefined;

  function schedule(millis: number): void {
    clearTimeout(timer);
    timer = setTimeout(handOver, millis).unref();
  }

  /** One batch in each turn of the event loop: encoding takes time. */
  function handOver(): void {
    const batch = collected.splice(0, size);
    timer = undefined;
    if (collected.length > 0) schedule(collected.length >= size ? 0 : scheduledDelayMillis);
    if (batch.length > 0) take(batch);
  }

  const split = (items: readonly T[]): readonly (readonly T[])[] =>
    Array.from({ length: Math.ceil(items.length / size) }, (_, i) => items.slice(i * size, (i + 1) * size));

  return {
    add(item) {
      collected.push(item);
      // Never inside of the application's own call.
      if (collected.length === size) schedule(0);
      else if (timer === undefined) schedule(scheduledDelayMillis);
    },
    flush() {
      clearTimeout(timer);
      timer = undefined;
      const all = collected;
      collected = [];
      for (const batch of split(all)) take(batch);
    },
    split,
  };
}
