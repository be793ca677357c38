// SPDX-License-Identifier: Apache-2.0

/**
 * A copy of a tool with other members: the application's own object is never written to. It keeps the class, hidden members and, of an instance of a
 * class, what is private to it.
 */
export function copyWith(source: object, changed: Record<string, unknown>): object {
  const prototype: object | null = Object.getPrototypeOf(source);
  if (prototype !== Object.prototype && prototype !== null) return viewWith(source, changed);
  // Hidden members must survive: the SDK brands its own tools with them. Replaced before the copy is made: those of a frozen tool cannot be redefined.
  const members: PropertyDescriptorMap = Object.getOwnPropertyDescriptors(source);
  for (const [key, value] of Object.entries(changed))
    members[key] = { value, enumerable: members[key]?.enumerable ?? true, writable: true, configurable: true };
  return Object.create(prototype, members) as object;
}

// An instance of a class may have private members: they can only be read on the object itself.
function viewWith(source: object, changed: Record<string, unknown>): object {
  return new Proxy(Object.create(Object.getPrototypeOf(source) as object) as object, {
    get: (_, key) => (Object.hasOwn(changed, key) ? changed[key as string] : Reflect.get(source, key, source)),
    has: (_, key) => Reflect.has(source, key),
    ownKeys: () => Reflect.ownKeys(source),
    getOwnPropertyDescriptor(_, key) {
      const own = Reflect.getOwnPropertyDescriptor(source, key);
      if (own === undefined) return undefined;
      const value = Object.hasOwn(changed, key) ? changed[key as string] : Reflect.get(source, key, source);
      return { value, enumerable: own.enumerable ?? true, configurable: true, writable: true };
    },
  });
}
