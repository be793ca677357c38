// SPDX-License-Identifier: Apache-2.0

let last = 0;

/**
 * Unix microseconds, strictly increasing within this thread, so that sorting events by time gives the order in which they
 * were emitted. Monotonic: a step of the wall clock while the process runs does not move it.
 */
export function now(): number {
  const time = Math.floor((performance.timeOrigin + performance.now()) * 1000);
  last = time > last ? time : last + 1;
  return last;
}

let cachedSecond = Number.NaN;
let cachedPrefix = '';

/** RFC 3339 in UTC with six fraction digits. */
export function rfc3339(micros: number): string {
  const second = Math.floor(micros / 1e6);
  if (second !== cachedSecond) {
    cachedPrefix = new Date(second * 1000).toISOString().slice(0, -4);
    cachedSecond = second;
  }
  // Six digits, by way of seven.
  return `${cachedPrefix}${String(1e6 + (micros - second * 1e6)).slice(1)}Z`;
}

/** Unix microseconds of either form that ATOF allows for a timestamp. NaN where it is neither. */
export function toMicros(timestamp: string | number): number {
  if (typeof timestamp === 'number') return timestamp;
  const fraction = /\.(\d+)/.exec(timestamp)?.[1] ?? '';
  const whole = Date.parse(fraction === '' ? timestamp : timestamp.replace(`.${fraction}`, ''));
  return Math.floor(whole / 1000) * 1e6 + Number(fraction.padEnd(6, '0').slice(0, 6));
}

/** True for what {@link rfc3339} can print: a safe integer of microseconds between the years 1970 and 9999. */
export function isMicros(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0 && (value as number) < 253_402_300_800e6;
}
