// SPDX-License-Identifier: Apache-2.0
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { isMicros, now, rfc3339, toMicros } from '../../src/atof/clock.ts';

/** What a number can count exactly ends in the year 2255. */
const LAST = Number.MAX_SAFE_INTEGER;

describe('now', () => {
  it('is strictly increasing, however often it is asked', () => {
    const times = Array.from({ length: 50_000 }, now);
    expect(times.every((time, index) => index === 0 || time > (times[index - 1] as number))).toBe(true);
  });

  it('is the wall clock in whole microseconds', () => {
    const before = Date.now();
    const time = now();
    expect(Number.isSafeInteger(time)).toBe(true);
    // The many calls of the test above may have run ahead of the clock.
    expect(Math.abs(time / 1000 - before)).toBeLessThan(1000);
  });
});

describe('rfc3339', () => {
  it('prints UTC with six digits', () => {
    expect(rfc3339(0)).toBe('1970-01-01T00:00:00.000000Z');
    expect(rfc3339(1_795_210_000_000_007)).toBe('2026-11-20T21:26:40.000007Z');
    expect(rfc3339(LAST)).toBe('2255-06-05T23:47:34.740991Z');
  });

  it('is undone by toMicros for every time that it can print', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: LAST }), (micros) => {
        expect(isMicros(micros)).toBe(true);
        expect(toMicros(rfc3339(micros))).toBe(micros);
      }),
    );
  });
});

describe('toMicros', () => {
  it.each([
    [1_795_210_000_000_007, 1_795_210_000_000_007],
    ['2026-11-20T21:26:40Z', 1_795_210_000_000_000],
    ['2026-11-20T22:26:40.5+01:00', 1_795_210_000_500_000],
    ['2026-11-20T21:26:40.386081912+00:00', 1_795_210_000_386_081],
  ])('reads %s, whole seconds to nanoseconds and any offset', (timestamp, micros) => {
    expect(toMicros(timestamp)).toBe(micros);
  });

  it('is NaN for what is no time', () => {
    expect(toMicros('yesterday')).toBeNaN();
  });
});

it.each([-1, 0.5, Number.NaN, LAST + 1, '1', 1n, undefined])('%s is no time that can be printed', (value) => {
  expect(isMicros(value)).toBe(false);
});
