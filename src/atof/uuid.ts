// SPDX-License-Identifier: Apache-2.0
import { randomFillSync } from 'node:crypto';

const HEX: readonly string[] = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));
const POOL_BYTES = 4096;
const pool = new Uint8Array(POOL_BYTES);
let used = POOL_BYTES;
let lastMillis = 0;
let sequence = 0;
let prefixMillis = -1;
let prefix = '';

const hex = (byte: number): string => HEX[byte & 0xff] as string;

/** A new version 7 UUID (RFC 9562), strictly increasing within this thread. */
export function uuidV7(): string {
  if (used + 8 > POOL_BYTES) {
    randomFillSync(pool);
    used = 0;
  }
  const at = used;
  used += 8;
  const millis = Date.now();
  if (millis > lastMillis) {
    lastMillis = millis;
    sequence = (((pool[at] as number) << 8) | (pool[at + 1] as number)) & 0x7ff;
  } else if (++sequence > 0xfff) {
    lastMillis++;
    sequence = 0;
  }
  if (lastMillis !== prefixMillis) {
    const digits = lastMillis.toString(16).padStart(12, '0');
    prefix = `${digits.slice(0, 8)}-${digits.slice(8)}-7`;
    prefixMillis = lastMillis;
  }
  const r = (index: number): string => HEX[pool[at + index] as number] as string;
  const variant = hex(((pool[at + 2] as number) & 0x3f) | 0x80);
  const counter = `${(sequence >> 8).toString(16)}${hex(sequence)}`;
  return `${prefix}${counter}-${variant}${r(3)}-${r(4)}${r(5)}${r(6)}${r(7)}${hex((pool[at] as number) ^ (pool[at + 3] as number))}${hex((pool[at + 1] as number) ^ (pool[at + 5] as number))}`;
}

/** A W3C trace id written as a UUID: the identity of a stack that belongs to a trace. */
export function traceIdAsUuid(traceId: string): string {
  return `${traceId.slice(0, 8)}-${traceId.slice(8, 12)}-${traceId.slice(12, 16)}-${traceId.slice(16, 20)}-${traceId.slice(20)}`;
}
