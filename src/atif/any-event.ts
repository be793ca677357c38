// SPDX-License-Identifier: Apache-2.0
import { toMicros } from '../atof/clock.ts';
import type { AtofEvent, JsonObject } from '../atof/event.ts';
import type { EventRecord } from '../atof/record.ts';
import { FlowError } from '../errors.ts';

/** An event in either of its forms: as the runtime emits it, or as a line of a file holds it. */
export type AnyEvent = AtofEvent | EventRecord;

/** True for an event as the runtime emits it. By its shape: the runtime may be another copy of Flow, with a class of its own. */
export function isRecord(event: AnyEvent): event is EventRecord {
  return 'dataJson' in event && 'ready' in event;
}

/** Unix microseconds, NaN where the time cannot be read. */
export function timeOf(event: AnyEvent): number {
  return isRecord(event) ? event.micros : toMicros(event.timestamp);
}

// The other accessors of a record freeze what they give, and read annotations out of the payload.

/** Its metadata; of a record without what identifies it. */
export function metadataIn(event: AnyEvent): JsonObject | null | undefined {
  return isRecord(event) ? event.ownMetadata : event.metadata;
}

/** Its category profile; of a record without annotations. */
export function profileIn(event: AnyEvent): JsonObject | null | undefined {
  return isRecord(event) ? event.ownProfile : event.category_profile;
}

/** False for things that are no events. */
export function isEvent(event: AnyEvent | null | undefined): boolean {
  if (typeof event?.uuid !== 'string') return false;
  return event.kind === 'mark' || event.scope_category === 'start' || event.scope_category === 'end';
}

/** Throws for an event of a major version that nobody knows yet. */
export function checkVersion(event: AnyEvent | null | undefined): void {
  const version: unknown = event?.atof_version;
  // What is no event has no version, and is left out later.
  if (version === '0.1' || typeof version !== 'string' || /^0(?:\.|$)/.test(version)) return;
  throw new FlowError(
    'FLOW_INVALID_ARGUMENT',
    `toTrajectory: event '${event?.name}' is of ATOF version ${version}; this reader knows 0.x`,
  );
}
