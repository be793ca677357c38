// SPDX-License-Identifier: Apache-2.0

import { randomLetters } from '../model-server/ids.ts';

/** A fresh id in the provider's form: `msg_01…`, `toolu_01…`, `req_011C…`. */
export function freshId(prefix: string): string {
  return `${prefix}_${prefix === 'req' ? '011C' : '01'}${randomLetters(22)}`;
}
