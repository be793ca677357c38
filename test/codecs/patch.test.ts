// SPDX-License-Identifier: Apache-2.0
import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { Json } from '../../src/atof/event.ts';
import { canonicalJson, sameJson } from '../../src/codecs/canonical-json.ts';
import { patchFields, patchList } from '../../src/codecs/patch.ts';

it('canonical text and comparison agree, and neither looks at the order of keys or at undefined fields', () => {
  fc.assert(
    fc.property(fc.jsonValue(), fc.jsonValue(), (a, b) => {
      expect(sameJson(a, b)).toBe(canonicalJson(a) === canonicalJson(b));
      expect(sameJson(a, structuredClone(a))).toBe(true);
    }),
  );
  expect(canonicalJson({ b: 1, a: undefined, c: [2] })).toBe(canonicalJson({ c: [2], b: 1 }));
  expect(sameJson({ b: 1, a: undefined }, { b: 1 })).toBe(true);
});

it('a patch that changes nothing gives the original, and one that does never changes it', () => {
  const original = Object.freeze({ a: 1, b: 2 });
  expect(patchFields(original, { a: 1 }, { a: 1 })).toBe(original);
  expect(patchFields(original, { a: 1 }, { a: undefined, c: 3 })).toEqual({ b: 2, c: 3 });
  expect(Object.keys(patchFields({}, {}, JSON.parse('{"__proto__":1}') as Record<string, Json>))).toEqual([
    '__proto__',
  ]);
});

it('a patched list says what the edited list says, whatever was moved, added, removed or changed', () => {
  const items = fc.array(fc.record({ id: fc.constantFrom('a', 'b', 'c'), text: fc.nat(3) }), { maxLength: 8 });
  fc.assert(
    fc.property(items, items, (before, after) => {
      const originals: readonly Json[] = before.map((item) => ({ ...item, hidden: true }));
      const patched = patchList(originals, before, after, {
        pairKey: (item) => item.id,
        write: (item, _before, original) => [{ ...(original as object), ...item }],
      }) as readonly { id: string; text: number; hidden?: true }[];
      expect(patched.map(({ id, text }) => ({ id, text }))).toEqual(after);
    }),
  );
});

it('edits of several items keep their own hidden fields as long as it is clear which is which', () => {
  const before = [1, 2, 3, 4].map((text) => ({ role: text % 2 ? 'user' : 'assistant', text }));
  const originals = before.map((item) => ({ ...item, hidden: item.text }));
  type Item = { role: string; text: number };
  const write = (item: Item, _before?: Item, original?: Json) => [{ ...(original as object), ...item }];
  const edit = (after: readonly Item[]) => patchList(originals, before, after, { pairKey: (item) => item.role, write });
  expect(edit(before.map((item) => ({ ...item, text: item.text * 10 })))).toEqual(
    before.map((item) => ({ ...item, text: item.text * 10, hidden: item.text })),
  );
  expect(edit([{ role: 'user', text: 77 }, before[3]!])).toEqual([{ role: 'user', text: 77 }, originals[3]]);
});
