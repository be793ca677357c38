// SPDX-License-Identifier: Apache-2.0

import { createHash } from 'node:crypto';

/** The embedding of a text, always the same for it. Its numbers are exact in 32 bits, so that every encoding gives the same. */
export function vectorOf(text: string, dimensions: number): readonly number[] {
  const digest = createHash('sha256').update(text).digest();
  return Array.from({ length: dimensions }, (_, index) => ((digest[index % digest.length] ?? 0) - 128) / 128);
}
