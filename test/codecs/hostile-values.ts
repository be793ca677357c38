// SPDX-License-Identifier: Apache-2.0

/** Values that no provider sends but that reach a codec nevertheless: not objects, endless, deep, and such that throw when they are looked at. */
export function hostileValues(): readonly unknown[] {
  const no = (): never => {
    throw new Error('hands off');
  };
  const cycle: Record<string, unknown> = { type: 'text' };
  for (const name of ['self', 'content', 'parts', 'messages', 'text', 'message', 'item']) cycle[name] = cycle;
  const ring: unknown[] = [];
  ring.push(ring);
  const getters = Object.defineProperties(
    {},
    Object.fromEntries(
      ['type', 'role', 'content', 'text', 'parts', 'id', 'index', 'usage'].map((name) => [
        name,
        { get: no, enumerable: true },
      ]),
    ),
  );
  const handler = { get: no, has: no, ownKeys: no, getOwnPropertyDescriptor: no, getPrototypeOf: no };
  const revoked = Proxy.revocable({}, {});
  revoked.revoke();
  return [
    undefined,
    null,
    true,
    0,
    Number.NaN,
    1n,
    Symbol('s'),
    '',
    'text',
    '{"a":',
    no,
    new Date(Number.NaN),
    new Map([['type', 'text']]),
    new Uint8Array(3),
    Object.create(null),
    JSON.parse('{"__proto__":{"role":"user"},"constructor":1}'),
    cycle,
    ring,
    getters,
    [getters],
    new Proxy({}, handler),
    new Proxy([], handler),
    revoked.proxy,
    nested((inner) => ({ content: inner, parts: [inner] })),
    nested((inner) => [inner]),
    Array.from({ length: 3 }),
    Object.assign([], { named: 'no index', 9: 'sparse' }),
  ];
}

/** Ten thousand levels. */
function nested(wrap: (inner: unknown) => unknown): unknown {
  let value: unknown = 'bottom';
  for (let level = 0; level < 10_000; level++) value = wrap(value);
  return value;
}
