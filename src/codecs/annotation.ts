// SPDX-License-Identifier: Apache-2.0
import type { Json, JsonObject } from '../atof/event.ts';
import { project } from '../atof/projection.ts';
import type { Codec } from './annotated.ts';
import { field, tolerant } from './read.ts';

/** What `annotated_request` or `annotated_response` of a model call's event says about its payload; undefined where the codec does not know it. */
export type Annotate = (data: Json) => JsonObject | undefined;

const known = new WeakMap<Codec, { readonly start: Annotate; readonly end: Annotate }>();

/** How events of calls with this codec are annotated: by their own payload, so that an annotation never says more than that does. */
export function annotationsOf(codec: Codec): { readonly start: Annotate; readonly end: Annotate } {
  let made = known.get(codec);
  if (made === undefined) {
    made = {
      start: tolerant((data) => named('annotated_request', codec.decodeRequest(field(data, 'content')))),
      end: tolerant((data) => named('annotated_response', codec.decodeResponse(data))),
    };
    known.set(codec, made);
  }
  return made;
}

// A codec may be the application's own: it may throw, and give anything.
function named(name: string, value: object | undefined): JsonObject | undefined {
  return value === undefined ? undefined : { [name]: project(value) };
}
