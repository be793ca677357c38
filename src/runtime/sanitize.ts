// SPDX-License-Identifier: Apache-2.0
import { METADATA } from '../../semconv/index.ts';
import type { Json, JsonObject } from '../atof/event.ts';
import { project } from '../atof/projection.ts';
import type { EventRecord } from '../atof/record.ts';
import { Payload } from '../atof/payload.ts';
import { copyWithSize, snapshot } from '../atof/snapshot.ts';
import { inTurn, isThenable } from '../pipeline/in-turn.ts';
import type { Entry } from '../pipeline/registry.ts';
import { withinLimit } from '../pipeline/time-limit.ts';
import { type CallView, keepInput } from './call-view.ts';
import { report } from './diagnostics.ts';

/** The observing middleware of one event. */
export interface Observing {
  /** The payload as it was given: sanitizers of it get a copy, and the event has none before they are done. */
  readonly payload: unknown;
  readonly call: CallView | undefined;
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
/** Those that were slow once: the first calls of a function may be, for reasons of its own. */
const slow = new WeakSet<Entry>();

/**
 * Payload sanitizers, then metadata, then event sanitizers; a promise only when one of them returned one, and that never rejects. Each fails closed on
 * its own fields: a payload sanitizer that throws clears the payload, an event sanitizer that throws clears all three fields; metadata that throws or
 * does not fit is left out. To be run quietly: what the callbacks do is not observed.
 */
export function sanitizeEvent(event: EventRecord, observing: Observing): void | Promise<void> {
  const { sanitizers, metadata, eventSanitizers } = observing;
  const work = new Sanitizing(event, observing);
  // Usually there is only one of the three.
  const entries =
    metadata.length + eventSanitizers.length === 0 ? sanitizers : [...sanitizers, ...metadata, ...eventSanitizers];
  const pending = inTurn(entries, (entry) => work.visit(entry));
  if (pending !== undefined) return pending.then(() => work.end());
  work.end();
  return undefined;
}

// An event that was cleared at its deadline is out: what its sanitizers still bring must not change it any more.
const cleared = new WeakSet<EventRecord>();

/** How far the observing middleware of one event has come. */
class Sanitizing {
  readonly #event: EventRecord;
  readonly #call: CallView | undefined;
  /** Each sanitizer gets a payload that it may change. What it gives back as it got it goes on to the next, and is text after the last. */
  #payload: unknown;
  #isCopy = false;
  #size = 0;
  #isFirst = true;
  /** No payload is left for the sanitizers of it that are left. */
  #isGone = false;

  constructor(event: EventRecord, { payload, call }: Observing) {
    this.#event = event;
    this.#call = call;
    this.#payload = payload;
  }

  visit(entry: Entry): void | Promise<void> {
    if (cleared.has(this.#event)) return undefined;
    if (entry.kind === 'event.metadata') {
      this.end();
      return this.#run(entry, [this.#event.copy()], (added) => addMetadata(this.#event, entry, added));
    }
    if (entry.kind.startsWith('event.')) {
      this.end();
      const replace = (fields: unknown): void => replaceFields(this.#event, (fields ?? {}) as SanitizedFields);
      return this.#run(entry, [this.#event.copy()], replace, () => clearEvent(this.#event));
    }
    if (this.#isGone) return undefined;
    if (this.#isFirst) ({ copy: this.#payload, size: this.#size } = copyWithSize(this.#payload));
    else if (!this.#isCopy) this.#payload = JSON.parse(this.#event.dataJson ?? 'null');
    this.#isFirst = false;
    return this.#run(
      entry,
      [this.#payload, this.#call],
      (payload) => this.#take(payload),
      () => this.#drop(),
    );
  }

  /** The payload is as its sanitizers left it. */
  end(): void {
    if (this.#isCopy && !cleared.has(this.#event))
      this.#event.amend({ payload: new Payload(this.#payload, this.#size) });
    this.#isCopy = false;
  }

  #take(payload: unknown): void {
    this.#isCopy = payload === this.#payload && payload !== null;
    if (this.#isCopy) return;
    const text = snapshot(payload);
    this.#event.amend({ payload: text });
    // Cleared, or there was none.
    if (text === undefined) this.#isGone = true;
  }

  #drop(): void {
    this.#isCopy = false;
    this.#isGone = true;
    this.#event.amend({ payload: undefined });
  }

  /** Calls the entry and hands on what it returned, at once or when that has resolved. What goes wrong is reported, and clears what it must. */
  #run(
    entry: Entry,
    values: readonly unknown[],
    use: (returned: unknown) => void,
    clear?: () => void,
  ): void | Promise<void> {
    try {
      const returned = call(entry, ...values);
      if (isThenable(returned)) {
        // What becomes of the input meanwhile must not show.
        if (this.#call !== undefined) keepInput(this.#call);
        return this.#runLater(entry, returned, use, clear);
      }
      use(returned);
    } catch (error) {
      report(entry.kind, entry.name, error);
      clear?.();
    }
    return undefined;
  }

  async #runLater(
    entry: Entry,
    pending: PromiseLike<unknown>,
    use: (returned: unknown) => void,
    clear?: () => void,
  ): Promise<void> {
    try {
      const returned = await pending;
      if (!cleared.has(this.#event)) use(returned);
    } catch (error) {
      report(entry.kind, entry.name, error);
      if (!cleared.has(this.#event)) clear?.();
    }
  }
}

function call(entry: Entry, ...values: readonly unknown[]): unknown {
  const start = performance.now();
  try {
    const returned = (entry.callback as (...values: readonly unknown[]) => unknown)(...values);
    return withinLimit(entry, returned);
  } finally {
    const took = performance.now() - start;
    if (took > SLOW_MS) tellSlow(entry, took);
  }
}

function tellSlow(entry: Entry, took: number): void {
  if (slow.has(entry)) report(entry.kind, entry.name, new Error(`slow: it held up the call for ${took.toFixed(1)} ms`));
  slow.add(entry);
}

const KEY = /^[\w-]+(\.[\w-]+)*$/;

function addMetadata(event: EventRecord, entry: Entry, added: unknown): void {
  if (added === undefined || added === null) return;
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
    payload: snapshot(fields.data),
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
  event.amend({ payload: undefined, profile: keepSubtype(event, null), metadata: identityOf(event.metadata) });
}
