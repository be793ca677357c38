// SPDX-License-Identifier: Apache-2.0
import { METADATA } from '../../semconv/index.ts';
import type { JsonObject } from './event.ts';
import { printJson } from './shared-json.ts';

const { ROOT_UUID, TRACE_ID, SPAN_ID } = METADATA;
/** What ids of spans are, but where somebody else makes them. */
const HEX = /^[\da-f]+$/;

/** Where the events of one scope belong: its stack's root and its span, if it has one. In the metadata of each, whatever else that holds. */
export class EventIdentity {
  readonly #rootUuid: string;
  readonly #traceId: string | undefined;
  readonly #spanId: string | undefined;
  #text: string | undefined;

  constructor(rootUuid: string, traceId?: string, spanId?: string) {
    this.#rootUuid = rootUuid;
    this.#traceId = traceId;
    this.#spanId = spanId;
  }

  /** As metadata of its own, after the members given: those of the same name are replaced or left out. */
  addTo(metadata: JsonObject | null): JsonObject {
    const { [ROOT_UUID]: _root, [TRACE_ID]: _trace, [SPAN_ID]: _span, ...rest } = metadata ?? {};
    return { ...rest, ...this.#own() };
  }

  /** {@link addTo} as JSON text. What all events of the scope share is printed once. */
  print(metadata: JsonObject | null): string {
    this.#text ??= this.#printOwn();
    if (metadata === null) return `{${this.#text}`;
    if (ROOT_UUID in metadata || TRACE_ID in metadata || SPAN_ID in metadata)
      return JSON.stringify(this.addTo(metadata));
    const own = printJson(metadata);
    return own === '{}' ? `{${this.#text}` : `${own.slice(0, -1)},${this.#text}`;
  }

  #printOwn(): string {
    const trace = this.#traceId;
    const span = this.#spanId;
    if (!HEX.test(trace ?? '') || !HEX.test(span ?? '')) return JSON.stringify(this.#own()).slice(1);
    return `"${ROOT_UUID}":${JSON.stringify(this.#rootUuid)},"${TRACE_ID}":"${trace}","${SPAN_ID}":"${span}"}`;
  }

  #own(): JsonObject {
    const root = this.#rootUuid;
    const trace = this.#traceId;
    const span = this.#spanId;
    if (trace === undefined || span === undefined) return { [ROOT_UUID]: root };
    return { [ROOT_UUID]: root, [TRACE_ID]: trace, [SPAN_ID]: span };
  }
}
