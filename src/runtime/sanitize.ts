// SPDX-License-Identifier: Apache-2.0
import { METADATA } from '../../semconv/index.ts';
import type { Json, JsonObject } from '../atof/event.ts';
import { project } from '../atof/projection.ts';
import type { EventRecord } from '../atof/record.ts';
import { snapshot } from '../atof/snapshot.ts';
import type { Entry } from '../pipeline/registry.ts';
import { withinLimit } from '../pipeline/time-limit.ts';
import { enterQuiet } from '../scope/stack.ts';
import { report } from './diagnostics.ts';

/** The observing middleware of one event. */
export interface Observing {
  readonly call: unknown;
  readonly sanitizers: readonly Entry[];
  readonly metadata: readonly Entry[];
  readonly eventSanitizers: readonly Entry[];
}

/** What an event sanitizer returns: all three replace what was there; what it leaves out is cleared. */
export interface SanitizedFields {
  readonly data?: unknown;
  readonly category_profile?: unknown;
  readonly metadata?: unknown;
}

const IDENTITY: readonly string[] = [METADATA.ROOT_UUID, METADATA.TRACE_ID, METADATA.SPAN_ID];
const SLOW_MS = 1;
/** The first call of a function is slow for reasons of its own. */
const warm = new WeakSet<Entry>();

/**
 * Payload sanitizers, then metadata, then event sanitizers. Each fails closed on its own fields: a payload sanitizer that throws
 * clears the payload, an event sanitizer that throws clears all three fields; metadata that throws or does not fit is left out.
 */
export function* sanitizeSteps(event: EventRecord, observing: Observing): Generator<unknown, void, unknown> {
  yield* sanitizePayload(event, observing);
  for (const entry of observing.metadata) {
    if (given(event)) return;
    try {
      addMetadata(event, entry, yield call(entry, event.copy()));
    } catch (error) {
      report(entry.kind, entry.name, error);
    }
  }
  for (const entry of observing.eventSanitizers) {
    if (given(event)) return;
    try {
      const fields = (yield call(entry, event.copy())) as SanitizedFields | null | undefined;
      if (given(event)) return;
      replaceFields(event, fields ?? {});
    } catch (error) {
      report(entry.kind, entry.name, error);
      clearEvent(event);
      return;
    }
  }
}

// An event that was cleared at its deadline is out: what its sanitizers still bring must not change it any more.
const cleared = new WeakSet<EventRecord>();
const given = (event: EventRecord): boolean => cleared.has(event);

function* sanitizePayload(
  event: EventRecord,
  { sanitizers, call: view }: Observing,
): Generator<unknown, void, unknown> {
  for (const entry of sanitizers) {
    try {
      const payload: unknown = yield call(
        entry,
        event.dataJson === undefined ? null : JSON.parse(event.dataJson),
        view,
      );
      if (given(event)) return;
      event.amend({ dataJson: snapshot(payload) });
    } catch (error) {
      report(entry.kind, entry.name, error);
      event.amend({ dataJson: undefined });
      return;
    }
    if (event.dataJson === undefined) return;
  }
}

function call(entry: Entry, ...values: readonly unknown[]): unknown {
  const start = performance.now();
  try {
    const returned = enterQuiet(() => (entry.callback as (...values: readonly unknown[]) => unknown)(...values));
    return withinLimit(entry, returned);
  } finally {
    const took = performance.now() - start;
    if (took > SLOW_MS && warm.has(entry))
      report(entry.kind, entry.name, new Error(`slow: it held up the call for ${took.toFixed(1)} ms`));
    warm.add(entry);
  }
}

const KEY = /^[\w-]+(\.[\w-]+)*$/;

function addMetadata(event: EventRecord, entry: Entry, added: unknown): void {
  if (added === undefined || added === null || given(event)) return;
  if (typeof added !== 'object' || Array.isArray(added)) throw new TypeError('metadata must be a flat object');
  const accepted: Record<string, Json> = {};
  for (const [key, value] of Object.entries(added)) {
    if (!KEY.test(key) || !isFlat(value))
      report(
        entry.kind,
        entry.name,
        new TypeError(`metadata '${key}' must be a scalar or a list of one kind of scalar under a dotted name`),
      );
    else if (!IDENTITY.includes(key) && (event.metadata === null || !Object.hasOwn(event.metadata, key)))
      accepted[key] = project(value);
  }
  event.amend({ metadata: { ...event.metadata, ...accepted } });
}

function isFlat(value: unknown): value is Json {
  if (Array.isArray(value))
    return value.every((each) => typeof each === typeof value[0] && isFlat(each) && !Array.isArray(each));
  return (
    typeof value === 'string' || typeof value === 'boolean' || (typeof value === 'number' && Number.isFinite(value))
  );
}

function replaceFields(event: EventRecord, fields: SanitizedFields): void {
  event.amend({
    dataJson: snapshot(fields.data),
    profile: keepSubtype(event, asObject(fields.category_profile)),
    metadata: { ...asObject(fields.metadata), ...identityOf(event.metadata) },
  });
}

const asObject = (value: unknown): JsonObject | null => {
  const json = project(value ?? null);
  return typeof json === 'object' && json !== null && !Array.isArray(json) ? (json as JsonObject) : null;
};

// `custom` scopes are not valid without their subtype.
function keepSubtype(event: EventRecord, profile: JsonObject | null): JsonObject | null {
  const subtype = event.category_profile?.['subtype'];
  return event.category === 'custom' && subtype !== undefined ? { ...profile, subtype } : profile;
}

function identityOf(metadata: JsonObject | null): JsonObject {
  return Object.fromEntries(Object.entries(metadata ?? {}).filter(([key]) => IDENTITY.includes(key)));
}

/** Clears everything of the event that could hold content; its identity stays. */
export function clearEvent(event: EventRecord): void {
  cleared.add(event);
  event.amend({ dataJson: undefined, profile: keepSubtype(event, null), metadata: identityOf(event.metadata) });
}
