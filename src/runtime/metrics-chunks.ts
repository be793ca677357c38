// SPDX-License-Identifier: Apache-2.0
import { now } from '../atof/clock.ts';
import { type Slot, createSlot } from '../scope/slot.ts';
import type { Call } from './call.ts';
import { hasMeter } from './metrics-instruments.ts';

interface ChunkTimes {
  readonly first: number;
  last: number;
  /** Chunks after the first. */
  later: number;
}

const times: Slot<ChunkTimes> = createSlot('chunk times');

/** A chunk of the call's stream has come; the first one has index 0. */
export function noteChunk(call: Call, index: number): void {
  if (index === 0) {
    if (call.quiet || !hasMeter()) return;
    const first = now();
    times.set(call, { first, last: first, later: 0 });
    return;
  }
  const seen = times.get(call);
  if (seen === undefined) return;
  seen.last = now();
  seen.later++;
}

/** Seconds between two chunks of the call's stream, on average; undefined where there were not two. */
export function secondsPerChunk(call: Call): number | undefined {
  const seen = times.get(call);
  return seen === undefined || seen.later === 0 ? undefined : (seen.last - seen.first) / seen.later / 1e6;
}
