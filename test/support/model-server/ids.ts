// SPDX-License-Identifier: Apache-2.0

import { randomBytes } from 'node:crypto';

import type { MakeId } from './reply.ts';

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';

/** Random letters and digits. */
export function randomLetters(length: number): string {
  let text = '';
  for (const byte of randomBytes(length)) text += alphabet[byte % alphabet.length];
  return text;
}

/** Ids that count up per prefix, for tests that compare two runs. */
export function countingIds(label = ''): MakeId {
  const counts = new Map<string, number>();
  return (prefix) => {
    const count = (counts.get(prefix) ?? 0) + 1;
    counts.set(prefix, count);
    return `${prefix}${prefix === 'chatcmpl' ? '-' : '_'}${label}${count}`;
  };
}
