// SPDX-License-Identifier: Apache-2.0
import { METADATA } from '../../semconv/index.ts';
import type { Json, JsonObject } from '../atof/event.ts';
import type { Codec } from '../codecs/annotated.ts';

/** A scope with what the stream holds of it: a crash leaves out ends, a cut stream starts. */
export interface Scope {
  readonly uuid: string;
  parentUuid: string | null;
  name: string;
  category: string;
  start: Half | undefined;
  end: Half | undefined;
}

/** One half of a scope: its time and what trajectories take from the event. The event itself is not kept, it holds twice as much. */
export interface Half {
  readonly kind: 'start' | 'end';
  readonly scope: Scope;
  readonly micros: number;
  /** The payload: JSON text if `printed`, else the value. */
  payload: Json | undefined;
  readonly printed: boolean;
  /** What was taken out of a request's payload because it is told elsewhere. */
  known: KnownPart | undefined;
  readonly metadata: JsonObject | null;
  readonly profile: JsonObject | null;
}

/** The part of a request that earlier calls have told: every request of a conversation repeats all that was said before. */
export interface KnownPart {
  /** Messages that are missing after those in front. */
  readonly messages: number;
  /** System text in front, which all requests of a conversation share. */
  readonly front: readonly Json[];
  readonly codec: Codec;
  readonly tools: Json | undefined;
}

/** A rejection. What other marks say is in no trajectory. */
export interface Mark {
  readonly kind: 'mark';
  readonly uuid: string;
  readonly parentUuid: string | null;
  readonly name: string;
  readonly micros: number;
  readonly data: JsonObject;
  readonly metadata: JsonObject | null;
  readonly profile: JsonObject | null;
}

/** Something of interest. */
export type Moment = Half | Mark;

/** The payload of a half as a value, parsed anew each time: what has been parsed takes several times the room. */
export function dataOf(half: Half | undefined): Json {
  if (half?.payload === undefined) return null;
  return half.printed ? (JSON.parse(half.payload as string) as Json) : half.payload;
}

/** The value of a metadata key of the scope's end, else of its start. */
export function metadataOf(scope: Scope, key: string): Json | undefined {
  return scope.end?.metadata?.[key] ?? scope.start?.metadata?.[key] ?? undefined;
}

/** A field of the category profile of the scope's end, else of its start: a routed model's name differs on the end. */
export function profileOf(scope: Scope, key: string): Json | undefined {
  return scope.end?.profile?.[key] ?? scope.start?.profile?.[key] ?? undefined;
}

/** The scope of the call that this scope tried again (a retry, a hedge, a fallback), or undefined when it is none. */
export function retriedBy(scope: Scope, scopes: ReadonlyMap<string, Scope>): Scope | undefined {
  const attempt = metadataOf(scope, METADATA.ATTEMPT);
  if (typeof attempt !== 'number' || attempt < 2 || scope.parentUuid === null) return undefined;
  const parent = scopes.get(scope.parentUuid);
  return parent?.category === scope.category && parent !== scope ? parent : undefined;
}
