// SPDX-License-Identifier: Apache-2.0

/**
 * Puts other values in the place of a module's exports, and returns what the application is to get: the exports themselves where they can be
 * written (a namespace of the loader hook, plain CommonJS), else an object beside them that has all of them (bundlers make getters that cannot be redefined).
 */
export function replaceExports(exports: object, values: Readonly<Record<string, unknown>>): object {
  const names = Object.keys(values);
  for (const name of names) Reflect.set(exports, name, values[name]);
  if (names.every((name) => Reflect.get(exports, name) === values[name])) return exports;
  const members: PropertyDescriptorMap = Object.getOwnPropertyDescriptors(exports);
  for (const name of names)
    members[name] = { value: values[name], enumerable: true, configurable: true, writable: true };
  return Object.create(Object.getPrototypeOf(exports) as object | null, members) as object;
}
