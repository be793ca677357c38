// SPDX-License-Identifier: Apache-2.0
import { rfc3339 } from './clock.ts';
import type { AtofEvent, DataSchema, Json, JsonObject } from './event.ts';

/** What an event is made of before it has been printed: payload as JSON text, time as a number. */
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
}

/**
 * One emitted event. Reads like the ATOF line it will become (`event.data`, `event.timestamp`, …); payload and time are only
 * parsed or printed when somebody reads them, and the line is built at most once for all who write it.
 */
export class EventRecord {
  readonly kind: 'scope' | 'mark';
  readonly scope_category: 'start' | 'end' | undefined;
  readonly atof_version = '0.1';
  readonly uuid: string;
  readonly parent_uuid: string | null;
  /** Unix microseconds. */
  readonly micros: number;
  readonly name: string;
  readonly attributes: readonly string[];
  readonly category: string | null;
  readonly data_schema: DataSchema | null;
  category_profile: JsonObject | null;
  metadata: JsonObject | null;
  /** Payload as JSON text; undefined prints as null. */
  dataJson: string | undefined;
  /** False while a chain that returned a promise still works on it; then it keeps its place in every queue. */
  ready = true;
  #data: Json | undefined;
  #parsed: string | undefined;
  #line: string | undefined;

  constructor(
    fields: EventFields,
    profile: JsonObject | null,
    metadata: JsonObject | null,
    dataJson: string | undefined,
  ) {
    this.kind = fields.kind;
    this.scope_category = fields.scopeCategory;
    this.uuid = fields.uuid;
    this.parent_uuid = fields.parentUuid;
    this.micros = fields.micros;
    this.name = fields.name;
    this.attributes = fields.attributes;
    this.category = fields.category;
    this.data_schema = fields.dataSchema;
    this.category_profile = profile;
    this.metadata = metadata;
    this.dataJson = dataJson;
  }

  /** RFC 3339 with microseconds. */
  get timestamp(): string {
    return rfc3339(this.micros);
  }

  /** The payload, parsed when first read, then shared by all readers and therefore frozen. */
  get data(): Json {
    if (this.dataJson === undefined) return null;
    if (this.#parsed !== this.dataJson) {
      this.#data = freeze(JSON.parse(this.dataJson) as Json);
      this.#parsed = this.dataJson;
    }
    return this.#data as Json;
  }

  /** All fields but uuid, parent_uuid and data, as the JSON text of an object. */
  envelope(): string {
    const head = `{"kind":"${this.kind}","atof_version":"0.1","timestamp":"${this.timestamp}","name":${JSON.stringify(this.name)}`;
    const scope =
      this.scope_category === undefined
        ? ''
        : `,"scope_category":"${this.scope_category}","attributes":${this.attributes.length === 0 ? '[]' : JSON.stringify(this.attributes)}`;
    const category = this.category === null ? 'null' : JSON.stringify(this.category);
    return `${head}${scope},"category":${category},"category_profile":${text(this.category_profile)},"data_schema":${text(this.data_schema)},"metadata":${text(this.metadata)}}`;
  }

  /** The ATOF 0.1 line, without a line break. */
  line(): string {
    this.#line ??= `${this.#identity()},"data":${this.dataJson ?? 'null'},${this.envelope().slice(1)}`;
    return this.#line;
  }

  /** What JSON.stringify writes for it, and the plain object that the line parses to. */
  toJSON(): AtofEvent {
    const event = this.copy();
    return { ...event };
  }

  /** Makes it one that several readers can share: from now on nobody can change it. */
  seal(): this {
    freeze(this.metadata);
    freeze(this.category_profile);
    freeze(this.attributes);
    return Object.freeze(this);
  }

  /** As plain data of its own for somebody who may change it; the payload is parsed when first read. */
  copy(): AtofEvent {
    const { dataJson } = this;
    // Not by way of `line`, which stays as it is once built: what the copy is for may change the event.
    const copy = JSON.parse(`${this.#identity()},${this.envelope().slice(1)}`) as object;
    const set = (value: unknown): void =>
      void Object.defineProperty(copy, 'data', { value, enumerable: true, configurable: true, writable: true });
    const get = (): unknown => {
      const data: unknown = dataJson === undefined ? null : JSON.parse(dataJson);
      set(data);
      return data;
    };
    return Object.defineProperty(copy, 'data', { get, set, enumerable: true, configurable: true }) as AtofEvent;
  }

  #identity(): string {
    return `{"uuid":"${this.uuid}","parent_uuid":${this.parent_uuid === null ? 'null' : `"${this.parent_uuid}"`}`;
  }
}

const text = (value: object | null): string => (value === null ? 'null' : JSON.stringify(value));

function freeze(value: Json): Json {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value;
  for (const member of Object.values(value)) freeze(member);
  return Object.freeze(value);
}
