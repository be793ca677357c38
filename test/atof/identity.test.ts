// SPDX-License-Identifier: Apache-2.0
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { METADATA } from '../../semconv/index.ts';
import { EventIdentity } from '../../src/atof/identity.ts';
import type { Json } from '../../src/atof/event.ts';

const { ROOT_UUID, TRACE_ID, SPAN_ID } = METADATA;
const belonging = { [ROOT_UUID]: 'r', [TRACE_ID]: 't', [SPAN_ID]: 's' };

describe('where an event belongs', () => {
  test('is told after what the application says', () => {
    expect(new EventIdentity('r', 't', 's').print({ team: 'blue' })).toBe(
      `{"team":"blue","${ROOT_UUID}":"r","${TRACE_ID}":"t","${SPAN_ID}":"s"}`,
    );
  });

  test('replaces what the application says of the same name', () => {
    const metadata = { [ROOT_UUID]: 'mine', team: 'blue' };
    expect(new EventIdentity('r', 't', 's').addTo(metadata)).toEqual({ team: 'blue', ...belonging });
    expect(metadata).toEqual({ [ROOT_UUID]: 'mine', team: 'blue' });
  });

  test('without a span names no trace, also where the application does', () => {
    expect(new EventIdentity('r').addTo({ [TRACE_ID]: 'mine', [SPAN_ID]: 'mine' })).toEqual({ [ROOT_UUID]: 'r' });
    expect(new EventIdentity('r').print(null)).toBe(`{"${ROOT_UUID}":"r"}`);
  });

  test('prints what it adds, whatever the metadata', () => {
    const keys = fc.oneof(fc.string(), fc.constantFrom(ROOT_UUID, TRACE_ID, SPAN_ID));
    const metadata = fc.option(fc.dictionary(keys, fc.jsonValue()));
    // Ids as they are, and as somebody else's SDK may have them.
    const ids = fc.oneof(
      fc.string(),
      fc.constantFrom('0af7651916cd43dd8448eb211c80319c', '"', 'g'),
      fc.constant(undefined),
    );
    fc.assert(
      fc.property(metadata, fc.tuple(fc.string(), ids, ids), (given, [root, trace, span]) => {
        const identity = new EventIdentity(root, trace, span);
        const value = given as { [key: string]: Json } | null;
        // Printed twice: the part that all events share is kept from the first time.
        for (const text of [identity.print(value), identity.print(value)])
          expect(text).toBe(JSON.stringify(identity.addTo(value)));
      }),
    );
  });
});
