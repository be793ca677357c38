// SPDX-License-Identifier: Apache-2.0

import { randomBytes } from 'node:crypto';

import { randomLetters } from '../model-server/ids.ts';

/** A fresh id in the provider's form: letters and digits after `chatcmpl-`, hexadecimal digits after `resp_`, `msg_`, `fc_`. */
export function freshId(prefix: string): string {
  if (prefix === 'chatcmpl') return `chatcmpl-${randomLetters(29)}`;
  if (prefix === 'call') return `call_${randomLetters(24)}`;
  if (prefix === 'req') return `req_${randomBytes(16).toString('hex')}`;
  return `${prefix}_${randomBytes(25).toString('hex')}`;
}
