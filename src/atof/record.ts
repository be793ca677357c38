// SPDX-License-Identifier: Apache-2.0
import { rfc3339 } from './clock.ts';
import type { AtofEvent, DataSchema, Json, JsonObject } from './event.ts';
import type { EventIdentity } from './identity.ts';
import type { Payload } from './payload.ts';
import { printJson } from './shared-json.ts';

/** What an event is made of before it has been printed: time as a number. */
export interface EventFields {
  readonly kind: 'scope' | 'mark';
  readonly scopeCategory: 'start' | 'end' | undefined;
  readonly uuid: string;
  readonly parentUuid: string | null;
  readonly micros: number;
  readonly name: string;
  readonly attributes: readonly string[];
  readonly category: string | null;
  readonly dataSchema: DataSchema | null;
  /** Reads out of the payload what the profile says about it beside its own members. Never throws. */
  readonly annotate?: ((data: Json) => JsonObject | undefined) | undefined;
}

/** What sanitizers may still change about an event. */
export interface Amendment {
  readonly profile?: JsonObject | null;
  readonly metadata?: JsonObject | null;
  /** Payload, where it is text as JSON; undefined prints as null. */
  readonly payload?: Payload | string | undefined;
}

/**
 * One emitted event. Reads like the ATOF line it will become (`event.data`, `event.timestamp`, …); payload and time are only
 * parsed or printed when somebody reads them, and the line is built at most once for all who write it. Its members are accessors, so that nobody can
 * change them for somebody else: `toJSON()` gives a plain object.
 */
export class EventRecord {
  readonly #fields: EventFields;
  #profile: JsonObject | null;
  #metadata: JsonObject | null;
  /** What the metadata says beside that; undefined once it is in there. */
  #identity: EventIdentity | undefined;
  #payload: Payload | string | undefined;
  #data: Json | undefined;
  #line: string | undefined;
  #annotated: JsonObject | null | undefined;
  /** False while a chain that returned a promise still works on it; then it keeps its place in every queue. */
  ready = true;

  constructor(
    fields: EventFields,
    profile: JsonObject | null,
    metadata: JsonObject | null,
    payload: Payload | string | undefined,
    identity?: EventIdentity,
  ) {
    this.#fields = fields;
    this.#profile = profile;
    this.#metadata = metadata;
    this.#payload = payload;
    this.#identity = identity;
  }

  get kind(): 'scope' | 'mark' {
    return this.#fields.kind;
  }
  get scope_category(): 'start' | 'end' | undefined {
    return this.#fields.scopeCategory;
  }
  get atof_version(): '0.1' {
    return '0.1';
  }
  get uuid(): string {
    return this.#fields.uuid;
  }
  get parent_uuid(): string | null {
    return this.#fields.parentUuid;
  }
  /** Unix microseconds. */
  get micros(): number {
    return this.#fields.micros;
  }
  get name(): string {
    return this.#fields.name;
  }
  get attributes(): readonly string[] {
    return freeze(this.#fields.attributes);
  }
  get category(): string | null {
    return this.#fields.category;
  }
  get data_schema(): DataSchema | null {
    return freeze(this.#fields.dataSchema);
  }
  get category_profile(): JsonObject | null {
    return freeze(this.#annotatedProfile());
  }
  get metadata(): JsonObject | null {
    if (this.#identity !== undefined) this.#metadata = this.#identity.addTo(this.#metadata);
    this.#identity = undefined;
    return freeze(this.#metadata);
  }
  /** For readers of ours that change nothing: the profile without annotations, not frozen. */
  get ownProfile(): JsonObject | null {
    return this.#profile;
  }
  /** For readers of ours that change nothing: the metadata without what identifies the event, not frozen. */
  get ownMetadata(): JsonObject | null {
    return this.#metadata;
  }
  /** RFC 3339 with microseconds. */
  get timestamp(): string {
    return rfc3339(this.#fields.micros);
  }
  /** The payload, parsed when first read. */
  get data(): Json {
    return (this.#data ??= this.#read());
  }
  /** Payload as JSON text; undefined prints as null. */
  get dataJson(): string | undefined {
    return typeof this.#payload === 'object' ? this.#payload.text : this.#payload;
  }
  /** Characters of the payload, or about that where it is not text yet: always the same for one payload. */
  get size(): number {
    return (typeof this.#payload === 'object' ? this.#payload.size : this.#payload?.length) ?? 0;
  }

  #read(): Json {
    return typeof this.#payload === 'object' ? this.#payload.read() : (JSON.parse(this.#payload ?? 'null') as Json);
  }

  /** For the sanitizers of the event, before anybody else gets it. */
  amend(change: Amendment): void {
    if ('profile' in change) this.#profile = change.profile ?? null;
    if ('metadata' in change) {
      this.#metadata = change.metadata ?? null;
      this.#identity = undefined;
    }
    if ('payload' in change) this.#payload = change.payload;
    this.#data = undefined;
    this.#line = undefined;
    this.#annotated = undefined;
  }

  /**
   * All fields but uuid, parent_uuid and data, as the JSON text of an object. Without what the payload's own shape says; without content also without
   * what an application says about a result.
   */
  envelope(content = true): string {
    return this.#envelope(content ? this.#profile : withoutAnnotation(this.#profile));
  }

  // Each part that is put together with another makes a string of its own: as few as can be.
  #envelope(profile: JsonObject | null): string {
    const { kind, micros, dataSchema } = this.#fields;
    const rest = dataSchema === null ? NO_SCHEMA : `,"data_schema":${printJson(dataSchema)},"metadata":`;
    const metadata = this.#identity?.print(this.#metadata) ?? text(this.#metadata);
    return `${HEADS[kind]}${rfc3339(micros)}${middleOf(this.#fields)}${text(profile)}${rest}${metadata}}`;
  }

  /** The ATOF 0.1 line, without a line break. */
  line(): string {
    this.#line ??= `${this.#head()},"data":${this.dataJson ?? 'null'},${this.#envelope(this.#annotatedProfile()).slice(1)}`;
    return this.#line;
  }

  /** What JSON.stringify writes for it, and the plain object that the line parses to. */
  toJSON(): AtofEvent {
    const event = this.#copy(this.#annotatedProfile());
    return { ...event };
  }

  /** The same event for one more reader, with a payload of its own: to parse it again costs less than to freeze a shared one. */
  fork(): EventRecord {
    return new EventRecord(this.#fields, this.#profile, this.#metadata, this.#payload, this.#identity);
  }

  /** As plain data of its own for somebody who may change it, without annotations: they follow the payload. That is parsed when first read. */
  copy(): AtofEvent {
    return this.#copy(this.#profile);
  }

  // The payload is parsed anew: what is frozen in the profile must not be a part of it.
  #annotatedProfile(): JsonObject | null {
    const { annotate } = this.#fields;
    if (annotate === undefined || this.#payload === undefined) return this.#profile;
    return (this.#annotated ??= { ...this.#profile, ...annotate(this.#read()) });
  }

  #copy(profile: JsonObject | null): AtofEvent {
    const payload = this.#payload;
    // Not by way of `line`, which stays as it is once built: what the copy is for may change the event.
    const copy = JSON.parse(`${this.#head()},${this.#envelope(profile).slice(1)}`) as object;
    const set = (value: unknown): void =>
      void Object.defineProperty(copy, 'data', { value, enumerable: true, configurable: true, writable: true });
    const get = (): unknown => {
      const data: unknown = typeof payload === 'object' ? payload.read() : JSON.parse(payload ?? 'null');
      set(data);
      return data;
    };
    return Object.defineProperty(copy, 'data', { get, set, enumerable: true, configurable: true }) as AtofEvent;
  }

  #head(): string {
    return `{"uuid":"${this.uuid}","parent_uuid":${this.parent_uuid === null ? 'null' : `"${this.parent_uuid}"`}`;
  }
}

// What `console.log` shows.
Object.defineProperty(EventRecord.prototype, Symbol.for('nodejs.util.inspect.custom'), {
  value(this: EventRecord) {
    return this.toJSON();
  },
});

const HEADS = {
  scope: '{"kind":"scope","atof_version":"0.1","timestamp":"',
  mark: '{"kind":"mark","atof_version":"0.1","timestamp":"',
} as const;
const SCOPES = {
  start: ',"scope_category":"start","attributes":[],"category":',
  end: ',"scope_category":"end","attributes":[],"category":',
} as const;
const NO_SCHEMA = ',"data_schema":null,"metadata":';

/** What follows the timestamp, up to the profile, by category and name: the calls of one tool have it in common. */
const newMiddles = (): Map<string | null, Map<string, string>> => new Map();
const MIDDLES = { start: newMiddles(), end: newMiddles() } as const;
/** Of one category: names may be made up as the application runs. */
const MOST_NAMES = 200;

function middleOf(fields: EventFields): string {
  const { scopeCategory, name, attributes, category } = fields;
  if (scopeCategory === undefined || attributes.length > 0) return printMiddle(fields);
  let byName = MIDDLES[scopeCategory].get(category);
  if (byName === undefined) MIDDLES[scopeCategory].set(category, (byName = new Map()));
  let middle = byName.get(name);
  if (middle === undefined) {
    middle = printMiddle(fields);
    if (byName.size < MOST_NAMES) byName.set(name, middle);
  }
  return middle;
}

function printMiddle({ scopeCategory, name, attributes, category }: EventFields): string {
  const scope = scopeCategory === undefined ? ',"category":' : printScope(scopeCategory, attributes);
  return `","name":${JSON.stringify(name)}${scope}${JSON.stringify(category)},"category_profile":`;
}

const printScope = (category: 'start' | 'end', attributes: readonly string[]): string =>
  attributes.length === 0 ? SCOPES[category] : SCOPES[category].replace('[]', () => JSON.stringify(attributes));

const text = (value: object | null): string => (value === null ? 'null' : isEmpty(value) ? '{}' : printJson(value));

function isEmpty(value: object): boolean {
  for (const _ in value) return false;
  return true;
}

// What an application says about a result is content like the result itself.
function withoutAnnotation(profile: JsonObject | null): JsonObject | null {
  if (profile?.['tool_result_annotation'] === undefined) return profile;
  const { tool_result_annotation: _, ...rest } = profile;
  return rest;
}

function freeze<Value>(value: Value): Value {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value;
  for (const member of Object.values(value)) freeze(member);
  return Object.freeze(value);
}
