// SPDX-License-Identifier: Apache-2.0
import { METADATA } from '../../semconv/index.ts';
import type { Json, JsonObject } from '../atof/event.ts';

/** What trajectories read of an event's metadata. */
const KEPT_METADATA: ReadonlySet<string> = new Set([
  METADATA.STATUS_CODE,
  METADATA.STATUS_DESCRIPTION,
  METADATA.ERROR_TYPE,
  METADATA.EXCEPTION_TYPE,
  METADATA.CANCELLED,
  METADATA.ATTEMPT,
  METADATA.USAGE,
  METADATA.CODEC,
  'tool_call_id',
]);
/** What trajectories read of its category profile. */
const KEPT_PROFILE: ReadonlySet<string> = new Set(['model_name', 'tool_call_id', 'tool_result_annotation']);

// Most ends say nothing but this: they share it.
const OK: JsonObject = Object.freeze({ [METADATA.STATUS_CODE]: 'OK' });

/** Of an event's metadata what trajectories read: null where that is nothing. */
export function keptMetadata(metadata: JsonObject | null | undefined): JsonObject | null {
  const kept = pick(metadata, KEPT_METADATA);
  return kept?.[METADATA.STATUS_CODE] === 'OK' && isSingle(kept) ? OK : kept;
}

/** Of an event's category profile what trajectories read: null where that is nothing. */
export function keptProfile(profile: JsonObject | null | undefined): JsonObject | null {
  return pick(profile, KEPT_PROFILE);
}

function pick(fields: JsonObject | null | undefined, names: ReadonlySet<string>): JsonObject | null {
  // Streams from outside may hold anything here.
  if (typeof fields !== 'object' || fields === null) return null;
  let kept: { [key: string]: Json } | null = null;
  for (const key in fields) if (names.has(key)) (kept ??= {})[key] = fields[key] as Json;
  return kept;
}

function isSingle(fields: JsonObject): boolean {
  let count = 0;
  for (const _ in fields) count++;
  return count === 1;
}
