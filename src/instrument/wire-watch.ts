// SPDX-License-Identifier: Apache-2.0
import { AsyncLocalStorage } from 'node:async_hooks';

interface Watch {
  passed: boolean;
}
const watches = new AsyncLocalStorage<Watch>();

/** A wire seam has a request of a model call. */
export function noteWire(): void {
  const watch = watches.getStore();
  if (watch !== undefined) watch.passed = true;
}

/** Runs the function and tells, where that succeeds, whether a wire seam has had a request of it. */
export async function watchWire<Result>(
  fn: () => Result | PromiseLike<Result>,
): Promise<{ readonly result: Awaited<Result>; readonly passed: boolean }> {
  const watch: Watch = { passed: false };
  const result = await watches.run(watch, fn);
  return { result, passed: watch.passed };
}
