// SPDX-License-Identifier: Apache-2.0
import { expect, it } from 'vitest';
import { inPieces } from '../../src/processors/in-pieces.ts';

it('work in pieces lets the event loop turn, gives its result and says what it took', async () => {
  let turns = 0;
  const turn = (): void => void (turns++, (immediate = setImmediate(turn)));
  let immediate = setImmediate(turn);
  const pieces: number[] = [];
  function* work(): Generator<void, string> {
    for (const end = performance.now() + 60; performance.now() < end;) yield;
    return 'done';
  }
  expect(await inPieces(work(), (millis) => pieces.push(millis))).toBe('done');
  clearImmediate(immediate);
  expect(turns).toBeGreaterThan(3);
  expect(pieces.length).toBeGreaterThan(3);
});

it('work that fails rejects', async () => {
  const failing = (function* fail(): Generator<void, void> {
    yield;
    throw new Error('no');
  })();
  await expect(inPieces(failing)).rejects.toThrow('no');
});
