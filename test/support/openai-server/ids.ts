// SPDX-License-Identifier: Apache-2.0

import { randomBytes } from 'node:crypto';

import type { MakeId } from './reply.ts';

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';

/** A fresh id in the provider's form: letters and digits after `chatcmpl-`, hexadecimal digits after `resp_`, `msg_`, `fc_`. */
export function freshId(prefix: string): string {
  if (prefix === 'chatcmpl') return `chatcmpl-${letters(29)}`;
  if (prefix === 'call') return `call_${letters(24)}`;
  if (prefix === 'req') return `req_${randomBytes(16).toString('hex')}`;
  return `${prefix}_${randomBytes(25).toString('hex')}`;
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

function letters(length: number): string {
  let text = '';
  for (const byte of randomBytes(length)) text += alphabet[byte % alphabet.length];
  return text;
}
