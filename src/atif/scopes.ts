// SPDX-License-Identifier: Apache-2.0
import { METADATA } from '../../semconv/index.ts';
import { isMicros, toMicros } from '../atof/clock.ts';
import type { AtofEvent, AtofMarkEvent, AtofScopeEvent, Json } from '../atof/event.ts';

/** A scope with what the stream holds of it: a crash leaves out ends, a cut stream starts. */
export interface Scope {
  readonly uuid: string;
  readonly parentUuid: string | null;
  readonly name: string;
  readonly category: string;
  start: Half | undefined;
  end: Half | undefined;
}

/** One half of a scope and its time. */
export interface Half {
  readonly event: AtofScopeEvent;
  readonly micros: number;
}

/** Something of interest, in order of time. */
export type Moment =
  | { readonly kind: 'start' | 'end'; readonly scope: Scope; readonly micros: number }
  | { readonly kind: 'mark'; readonly mark: AtofMarkEvent; readonly micros: number };

/** A stream read once: its moments in order of time and its scopes by uuid. */
export interface Stream {
  readonly moments: readonly Moment[];
  /** In order of their first event. */
  readonly scopes: ReadonlyMap<string, Scope>;
  /** The earliest event. */
  readonly first: AtofEvent | undefined;
}

/** Reads events in any order. Of a half or a mark that comes twice the first counts; whatever is no event is left out. */
export function readStream(events: readonly AtofEvent[]): Stream {
  const timed = inOrder(events);
  const scopes = new Map<string, Scope>();
  const marks = new Set<string>();
  const moments: Moment[] = [];
  for (const { event, micros } of timed) {
    if (event.kind === 'mark') {
      if (!marks.has(event.uuid)) moments.push({ kind: 'mark', mark: event, micros });
      marks.add(event.uuid);
      continue;
    }
    const kind = event.scope_category;
    const scope = scopeOf(scopes, event);
    if (scope[kind] !== undefined) continue;
    scope[kind] = { event, micros };
    moments.push({ kind, scope, micros });
  }
  return { moments, scopes, first: timed[0]?.event };
}

/** The value of a metadata key of the scope's end, else of its start. */
export function metadataOf(scope: Scope, key: string): Json | undefined {
  return scope.end?.event.metadata?.[key] ?? scope.start?.event.metadata?.[key] ?? undefined;
}

/** A field of the category profile of the scope's end, else of its start: a routed model's name differs on the end. */
export function profileOf(scope: Scope, key: string): Json | undefined {
  return scope.end?.event.category_profile?.[key] ?? scope.start?.event.category_profile?.[key] ?? undefined;
}

/** The scope of the call that this scope tried again (a retry, a hedge, a fallback), or undefined when it is none. */
export function retriedBy(scope: Scope, scopes: ReadonlyMap<string, Scope>): Scope | undefined {
  const attempt = metadataOf(scope, METADATA.ATTEMPT);
  if (typeof attempt !== 'number' || attempt < 2 || scope.parentUuid === null) return undefined;
  const parent = scopes.get(scope.parentUuid);
  return parent?.category === scope.category && parent !== scope ? parent : undefined;
}

function inOrder(events: readonly AtofEvent[]): readonly { readonly event: AtofEvent; readonly micros: number }[] {
  let last = 0;
  const timed = events.filter(isEvent).map((event) => {
    const micros = toMicros(event.timestamp);
    // An event whose time cannot be read stays beside the one before it.
    if (isMicros(micros)) last = micros;
    return { event, micros: last };
  });
  return timed.toSorted((a, b) => a.micros - b.micros);
}

function isEvent(event: AtofEvent | null | undefined): boolean {
  if (typeof event?.uuid !== 'string') return false;
  return event.kind === 'mark' || event.scope_category === 'start' || event.scope_category === 'end';
}

function scopeOf(scopes: Map<string, Scope>, event: AtofScopeEvent): Scope {
  let scope = scopes.get(event.uuid);
  if (!scope) {
    const { uuid, parent_uuid: parentUuid, name, category } = event;
    scope = { uuid, parentUuid: parentUuid ?? null, name: name ?? '', category, start: undefined, end: undefined };
    scopes.set(uuid, scope);
  }
  return scope;
}
