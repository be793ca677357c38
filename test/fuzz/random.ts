// SPDX-License-Identifier: Apache-2.0

/** Numbers that a seed decides. Each branch of a program takes its own {@link Random.fork}, so that what runs first changes nothing. */
export interface Random {
  /** A whole number from 0 to below `limit`. */
  below(limit: number): number;
  /** True with this probability. */
  chance(probability: number): boolean;
  pick<Each>(list: readonly Each[]): Each;
  /** A source of its own, decided by this one's next number. */
  fork(): Random;
}

/** The numbers of one case of a seed. */
export function randomOf(seed: number, index: number): Random {
  return from(mix(mix(seed) ^ mix(index + 0x9e3779b9)));
}

function from(start: number): Random {
  let state = start;
  const next = (): number => {
    state = (state + 0x9e3779b9) | 0;
    return mix(state) >>> 0;
  };
  const below = (limit: number): number => Math.floor((next() / 2 ** 32) * limit);
  return {
    below,
    chance: (probability) => next() / 2 ** 32 < probability,
    pick: (list) => list[below(list.length)] as never,
    fork: () => from(next()),
  };
}

// The finalizer of murmur3: each bit of the input moves half of the output's.
function mix(value: number): number {
  let hash = value | 0;
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return hash ^ (hash >>> 16);
}
