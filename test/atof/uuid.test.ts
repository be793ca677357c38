// SPDX-License-Identifier: Apache-2.0
import { afterEach, describe, expect, it, vi } from 'vitest';

import { traceIdAsUuid, uuidV7 } from '../../src/atof/uuid.ts';

const VERSION_7 = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

const isIncreasing = (uuids: readonly string[]): boolean =>
  uuids.every((uuid, index) => index === 0 || uuid > (uuids[index - 1] as string));

afterEach(() => {
  vi.useRealTimers();
});

describe('uuidV7', () => {
  it('makes version 7 UUIDs that are strictly increasing', () => {
    const uuids = Array.from({ length: 50_000 }, uuidV7);
    expect(uuids.filter((uuid) => !VERSION_7.test(uuid))).toEqual([]);
    expect(isIncreasing(uuids)).toBe(true);
  });

  it('begins with the Unix time in milliseconds', () => {
    vi.useFakeTimers({ now: Date.now() + 60_000, toFake: ['Date'] });
    expect(Number.parseInt(uuidV7().replace('-', '').slice(0, 12), 16)).toBe(Date.now());
  });

  it('keeps increasing when thousands are made within one millisecond and when the clock goes back', () => {
    vi.useFakeTimers({ now: Date.now() + 120_000, toFake: ['Date'] });
    const uuids = Array.from({ length: 10_000 }, uuidV7);
    vi.setSystemTime(Date.now() - 3_600_000);
    uuids.push(...Array.from({ length: 10_000 }, uuidV7));
    expect(isIncreasing(uuids)).toBe(true);
  });

  it('spreads its random part over all of its bytes', () => {
    const seen = Array.from({ length: 12 }, () => new Set<string>());
    for (let i = 0; i < 2000; i++) {
      const random = uuidV7().slice(24);
      seen.forEach((digits, at) => digits.add(random.charAt(at)));
    }
    expect(seen.map((digits) => digits.size)).toEqual(Array(12).fill(16));
  });
});

it('a trace id is written as a UUID with all its digits', () => {
  expect(traceIdAsUuid('0af7651916cd43dd8448eb211c80319c')).toBe('0af76519-16cd-43dd-8448-eb211c80319c');
});
