// SPDX-License-Identifier: Apache-2.0
import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';

import { project } from '../../src/atof/projection.ts';
import { copyOf, snapshot } from '../../src/atof/snapshot.ts';

const roundTrip = (value: unknown): unknown => {
  const text = snapshot(value);
  return text === undefined ? null : JSON.parse(text);
};

/** Anything at all: what JSON knows, what it does not, and objects that bite when they are read. */
const anything = fc.anything({
  withBigInt: true,
  withBoxedValues: true,
  withDate: true,
  withMap: true,
  withSet: true,
  withNullPrototype: true,
  withObjectString: true,
  withSparseArray: true,
  withTypedArray: true,
  withUnicodeString: true,
});
/** Made only when they are needed: fast-check itself reads what it generates. */
const hostile = fc.constantFrom<() => unknown>(
  () => Object.defineProperty({}, 'boom', { enumerable: true, get: () => fail('getter') }),
  () => ({ toJSON: () => fail('toJSON') }),
  () => ({ toJSON: () => 1n }),
  () => new Proxy({}, { get: () => fail('get'), ownKeys: () => fail('ownKeys') }),
  () => new Proxy([], { getPrototypeOf: () => fail('getPrototypeOf') }),
  () => revoked(),
  () => () => undefined,
  () => Symbol('s'),
  () => new Error('e', { cause: { deep: new TypeError('c') } }),
  () => Object.create({ inherited: 1 }),
);

describe('a snapshot of plain data', () => {
  it('parses to the same data', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 6 }), (value) => {
        expect(roundTrip(value)).toEqual(JSON.parse(JSON.stringify(value)));
      }),
      { numRuns: 500 },
    );
  });

  it('is what the projection makes of it', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 6 }), (value) => {
        expect(roundTrip(value)).toEqual(JSON.parse(JSON.stringify(project(value))));
      }),
      { numRuns: 500 },
    );
  });

  it('does not change when the data does', () => {
    const value = { list: [{ deep: 1 }] };
    const text = snapshot(value);
    value.list[0] = { deep: 2 };
    expect(text).toBe('{"list":[{"deep":1}]}');
  });

  it('is undefined for undefined and null, so that it prints as null', () => {
    expect([snapshot(undefined), snapshot(null)]).toEqual([undefined, undefined]);
  });

  it('leaves out members that are undefined, as JSON does', () => {
    expect(snapshot({ a: undefined, b: [undefined] })).toBe('{"b":[null]}');
  });

  it('has every key of data that came from JSON, also __proto__, and pollutes nothing', () => {
    const value: unknown = JSON.parse('{"__proto__":{"polluted":1},"constructor":{"prototype":{}},"toString":"x"}');
    expect(snapshot(value)).toBe('{"__proto__":{"polluted":1},"constructor":{"prototype":{}},"toString":"x"}');
    expect(JSON.stringify(project(value))).toBe(snapshot(value));
    expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
  });

  it('holds a 10 MB string whole', () => {
    const text = 'é'.repeat(5_000_000);
    expect((roundTrip({ text }) as { text: string }).text).toBe(text);
  });

  it('writes lone surrogates as escapes, so that the text is well-formed', () => {
    const text = snapshot({ '\ud800': 'a\udc00' }) as string;
    expect(text.isWellFormed()).toBe(true);
    expect(JSON.parse(text)).toEqual({ '\ud800': 'a\udc00' });
  });

  it('holds a great deal of plain data whole', () => {
    const vectors = Array.from({ length: 100 }, (_, row) =>
      Array.from({ length: 1536 }, (_, column) => row + column / 7),
    );
    expect(roundTrip(vectors)).toEqual(vectors);
  });
});

describe('a snapshot of anything', () => {
  it('never throws, and is JSON', () => {
    fc.assert(
      fc.property(anything, fc.array(hostile), (value, makers) => {
        const text = snapshot(makers.length === 0 ? value : [value, ...makers.map((make) => make())]);
        expect(() => JSON.parse(text ?? 'null') as unknown).not.toThrow();
      }),
      { numRuns: 2000 },
    );
  });

  it('reads no getter more than once outside of plain data', () => {
    const reads = { plain: 0, instance: 0, map: 0 };
    class Counted {
      readonly own = Object.defineProperty({}, 'x', { enumerable: true, get: () => ++reads.instance });
    }
    const getter = Object.defineProperty({ big: 1n }, 'x', { enumerable: true, get: () => ++reads.map });
    snapshot(new Counted());
    snapshot(new Map([['k', getter]]));
    expect(reads).toEqual({ plain: 0, instance: 1, map: 1 });
  });

  it('ends where objects refer to each other so often that writing all paths would never end', () => {
    let shared: object = { leaf: true };
    for (let depth = 0; depth < 60; depth++) shared = { left: shared, right: shared };
    const nodes = Array.from({ length: 30 }, (_, id) => ({ id, links: [] as unknown[] }));
    for (const node of nodes) node.links.push(...nodes);
    const start = performance.now();
    expect(snapshot(shared)).toContain('[Too large]');
    expect(snapshot(nodes)).toContain('[Too large]');
    expect(performance.now() - start).toBeLessThan(20_000);
  });

  it('is a note where the text would be longer than a string can be', () => {
    // Half a gigabyte would take seconds, so the refusal is that of JSON.stringify without the half gigabyte.
    const stringify = vi.spyOn(JSON, 'stringify').mockImplementation(() => {
      throw new RangeError('Invalid string length');
    });
    const text = snapshot({ much: true });
    stringify.mockRestore();
    expect(text).toBe('"[Too large]"');
  });
});

function fail(what: string): never {
  throw new Error(what);
}

function revoked(): object {
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  return proxy;
}

const always = (value: unknown) => (): unknown => value;

describe('a copy for somebody who may change it', () => {
  it('is what the snapshot reads back as, whatever the value is', () => {
    const makers = fc.oneof(anything.map(always), fc.jsonValue().map(always), hostile);
    fc.assert(
      fc.property(makers, (make) => {
        const value = make();
        expect(copyOf(value)).toStrictEqual(roundTrip(value));
      }),
      { numRuns: 2000 },
    );
  });

  it('shares nothing with the value', () => {
    const value = { list: [{ deep: 1 }] };
    const copy = copyOf(value) as typeof value;
    (copy.list[0] as { deep: number }).deep = 2;
    copy.list.push({ deep: 3 });
    expect(value).toEqual({ list: [{ deep: 1 }] });
  });

  it('of a member named __proto__ is a member', () => {
    const copy = copyOf(JSON.parse('{"a":{"__proto__":{"x":1}}}'));
    expect(JSON.stringify(copy)).toBe('{"a":{"__proto__":{"x":1}}}');
    expect((copy as { a: { x?: number } }).a.x).toBeUndefined();
  });
});
