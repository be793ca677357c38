// SPDX-License-Identifier: Apache-2.0

const texts = new WeakMap<object, string>();

/** An object that many events have in common, frozen: its JSON text is made once. Only for what there are few of. */
export function shareJson<T extends object>(value: T): T {
  if (!texts.has(value)) texts.set(value, JSON.stringify(value));
  return Object.freeze(value);
}

/** The object's JSON text. */
export function printJson(value: object): string {
  return texts.get(value) ?? JSON.stringify(value);
}
