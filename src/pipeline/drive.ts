// SPDX-License-Identifier: Apache-2.0

/** True for anything that `await` would wait for. */
export function isThenable(value: unknown): value is PromiseLike<unknown> {
  return (
    ((typeof value === 'object' && value !== null) || typeof value === 'function') &&
    typeof (value as { then?: unknown }).then === 'function'
  );
}

/**
 * Runs a generator that yields what callbacks returned and gets back what that resolved to. Synchronous to the end when no yielded
 * value is a promise: a chain of synchronous middleware costs no promise and no tick.
 */
export function drive<Result>(steps: Generator<unknown, Result, unknown>): Result | Promise<Result> {
  let step = steps.next();
  while (step.done !== true) {
    let waits: boolean;
    try {
      waits = isThenable(step.value);
    } catch (error) {
      // Its `then` cannot be read: a failure of whoever returned it, like one that throws.
      step = steps.throw(error);
      continue;
    }
    if (waits) return driveAsync(steps, step.value);
    step = steps.next(step.value);
  }
  return step.value;
}

async function driveAsync<Result>(steps: Generator<unknown, Result, unknown>, first: unknown): Promise<Result> {
  let pending: unknown = first;
  for (;;) {
    let step: IteratorResult<unknown, Result>;
    try {
      step = steps.next(await pending);
    } catch (error) {
      step = steps.throw(error);
    }
    if (step.done === true) return step.value;
    pending = step.value;
  }
}
