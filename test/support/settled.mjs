// SPDX-License-Identifier: Apache-2.0

/** What the promise settles to; of one that never settles, as some of earlier versions do not, that. */
export async function settled(promise) {
  const waiting = Promise.withResolvers();
  const timer = setTimeout(waiting.resolve, 5000, 'never settled');
  return Promise.race([promise, waiting.promise]).finally(() => clearTimeout(timer));
}
