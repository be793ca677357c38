// SPDX-License-Identifier: Apache-2.0
import type { Attributes } from '@opentelemetry/api';
import { ATOF } from '../../semconv/index.ts';
import type { EventRecord } from '../atof/record.ts';

/** Marks that one span holds; those beyond become zero-length child spans, so that no default limit evicts a start. */
export const MAX_MARKS_ON_SPAN = 100;

/** Name of the span event that an ATOF event doubles as. */
export function spanEventName(event: EventRecord): string {
  return event.kind === 'mark' ? ATOF.EVENT_MARK : event.scope_category === 'start' ? ATOF.EVENT_START : ATOF.EVENT_END;
}

/** Attributes of that span event: identity, all other fields as one JSON text and, where payloads are on, the payload with its size in bytes. */
export function spanEventAttributes(event: EventRecord, withData: boolean): Attributes {
  const attributes: Attributes = { [ATOF.UUID]: event.uuid };
  if (event.parent_uuid !== null) attributes[ATOF.PARENT_UUID] = event.parent_uuid;
  attributes[ATOF.ENVELOPE] = event.envelope(withData);
  if (withData) {
    // A size of 0 tells a payload that was null from one that was left out.
    attributes[ATOF.SIZE] = event.dataJson === undefined ? 0 : Buffer.byteLength(event.dataJson);
    if (event.dataJson !== undefined) attributes[ATOF.DATA] = event.dataJson;
  }
  return attributes;
}
