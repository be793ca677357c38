// SPDX-License-Identifier: Apache-2.0

/** Nothing that we wait for keeps the process. What the application itself waits for does, until it is done. */
export function hold<T>(work: Promise<T>): Promise<T> {
  const timer = setInterval(() => undefined, 2 ** 30);
  return work.finally(() => clearInterval(timer));
}
