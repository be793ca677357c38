// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from 'vitest';

import { project } from '../../src/atof/projection.ts';

class Money {
  readonly amount = 3;
  readonly currency = 'EUR';
  get computed(): string {
    return 'not an own member';
  }
}

const same = { a: 1 };
const circular: Record<string, unknown> = { name: 'me' };
circular['self'] = circular;
circular['list'] = [circular];

const deep: { next?: object } = {};
let end = deep;
for (let depth = 0; depth < 100_000; depth++) {
  end.next = {};
  end = end.next as { next?: object };
}

class Endless {
  toJSON(): Endless {
    return new Endless();
  }
}

describe('project', () => {
  it.each<[string, unknown, unknown]>([
    ['a Date', new Date(0), '1970-01-01T00:00:00.000Z'],
    ['an invalid Date', new Date(Number.NaN), 'Invalid Date'],
    ['a BigInt', 12_345_678_901_234_567_890n, '12345678901234567890'],
    ['NaN and the infinities', [Number.NaN, Infinity, -Infinity], ['NaN', 'Infinity', '-Infinity']],
    ['undefined', [undefined], [null]],
    ['a Map with string keys', new Map([['a', new Map([['b', 1n]])]]), { a: { b: '1' } }],
    ['a Map with other keys', new Map<unknown, unknown>([[{ k: 1 }, 2]]), [[{ k: 1 }, 2]]],
    ['a Map with the key __proto__', new Map([['__proto__', 1]]), JSON.parse('{"__proto__":1}')],
    ['a Set', new Set([1, 'a', new Set()]), [1, 'a', []]],
    ['a class instance', new Money(), { amount: 3, currency: 'EUR' }],
    ['an object without a prototype', Object.assign(Object.create(null) as object, { a: 1n }), { a: '1' }],
    ['toJSON', { toJSON: () => ({ as: new Date(0) }) }, { as: '1970-01-01T00:00:00.000Z' }],
    ['boxed values', [new String('s'), new Number(1), new Boolean(false)], ['s', 1, false]],
    ['a regular expression and a URL', [/a+/gi, new URL('https://h/p?q=1')], ['/a+/gi', 'https://h/p?q=1']],
    [
      'binary data',
      [Buffer.from('abc'), new Float64Array(2), new ArrayBuffer(5)],
      ['[Buffer: 3 bytes]', '[Float64Array: 16 bytes]', '[ArrayBuffer: 5 bytes]'],
    ],
    ['functions and symbols', [Math.max, Symbol('s')], ['[Function: max]', 'Symbol(s)']],
    ['what can only be waited for or looked up', [Promise.resolve(), new WeakMap()], ['[Promise]', '[WeakMap]']],
    ['a cycle', circular, { name: 'me', self: '[Circular]', list: ['[Circular]'] }],
    ['an object that occurs twice but in no cycle', [same, { same }], [{ a: 1 }, { same: { a: 1 } }]],
    [
      'a getter that throws',
      {
        get boom() {
          throw new Error('no');
        },
        fine: 1n,
      },
      { boom: '[Throws: no]', fine: '1' },
    ],
    [
      'a toJSON that throws',
      {
        toJSON() {
          throw new Error('no');
        },
      },
      '[Unreadable: no]',
    ],
    ['a huge sparse array', Object.assign([], { length: 4_000_000_000 }), '[Sparse array: 4000000000 items]'],
  ])('makes JSON of %s', (_, value, json) => {
    expect(project(value)).toEqual(json);
    expect(JSON.parse(JSON.stringify(project(value)))).toEqual(json);
  });

  it('tells of an Error its name, message, code, stack and causes', () => {
    const error = Object.assign(new TypeError('outer', { cause: new RangeError('inner') }), {
      code: 'E_CODE',
      status: 403,
    });
    expect(project({ error })).toMatchObject({
      error: {
        name: 'TypeError',
        message: 'outer',
        code: 'E_CODE',
        status: 403,
        cause: { name: 'RangeError', message: 'inner' },
      },
    });
    expect((project(error) as { stack: string }).stack).toContain('projection.test.ts');
  });

  it('reads an Error with getters that throw', () => {
    const error = Object.defineProperty(new Error('m'), 'message', {
      get: () => {
        throw new Error('no');
      },
    });
    expect(project(error)).toMatchObject({ name: 'Error', message: '[Throws: no]' });
  });

  it.each([
    ['an object nested 100,000 deep', deep],
    ['a toJSON that never comes to an end', new Endless()],
  ])('ends %s with a note', (_, value) => {
    expect(JSON.stringify(project(value))).toContain('[Too deep]');
  });

  it('survives being called where the stack is almost used up', () => {
    const atTheBottom = (): unknown => {
      try {
        return atTheBottom();
      } catch {
        return project({ a: [{ b: new Map([['c', 1]]) }] });
      }
    };
    expect(() => JSON.stringify(atTheBottom())).not.toThrow();
  });

  it('neither changes nor consumes what it reads', () => {
    const value = Object.freeze({ list: Object.freeze([1n]), iterator: [1, 2, 3].values() });
    project(value);
    expect([...value.iterator]).toEqual([1, 2, 3]);
  });
});
