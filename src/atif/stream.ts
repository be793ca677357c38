// SPDX-License-Identifier: Apache-2.0
import { METADATA } from '../../semconv/index.ts';
import { isMicros } from '../atof/clock.ts';
import type { AtofScopeEvent } from '../atof/event.ts';
import type { EventRecord } from '../atof/record.ts';
import { isObject, stringOf } from '../codecs/read.ts';
import { type AnyEvent, checkVersion, isEvent, isRecord, metadataIn, profileIn, timeOf } from './any-event.ts';
import { keptMetadata, keptProfile } from './facts.ts';
import type { Half, Mark, Moment, Scope } from './scopes.ts';

/** A stream that grows event by event, in any order, and keeps of each only what a trajectory is made of. */
export interface Stream {
  /** Of a half or a mark that comes twice the earlier one counts; whatever is no event is left out. */
  add(event: AnyEvent): void;
  /** All of interest in order of time. Valid until the next event is added. */
  moments(): readonly Moment[];
  readonly scopes: ReadonlyMap<string, Scope>;
  /** The agent that started first. */
  outermost(): Scope | undefined;
  /** The earliest event. */
  readonly first: { readonly uuid: string; readonly rootUuid: string | undefined } | undefined;
  /** A model call whose history fits several runs is among them. */
  readonly ambiguous: boolean;
  /** About the bytes that it holds. */
  readonly size: number;
  /** Somebody took characters out of a payload. */
  shrink(this: void, characters: number): void;
}

/** About what an event costs beside its payload. */
const EVENT_SIZE = 200;

/** An empty stream. */
export function createStream(): Stream {
  const scopes = new Map<string, Scope>();
  const agents = new Set<Scope>();
  const marks = new Map<string, Mark>();
  let moments: Moment[] = [];
  let ordered = true;
  let latest = Number.NEGATIVE_INFINITY;
  let first: { uuid: string; rootUuid: string | undefined; micros: number } | undefined;
  let lastMicros = 0;
  let ambiguous = false;
  let size = 0;

  function place(moment: Moment): void {
    if (moment.micros < latest) ordered = false;
    else latest = moment.micros;
    moments.push(moment);
  }

  function leave(moment: Moment): void {
    moments = moments.filter((each) => each !== moment);
  }

  function addMark(event: AnyEvent, micros: number): void {
    // Not every mark is worth parsing.
    if (isRecord(event) && event.dataJson?.includes('"rejected"') !== true) return;
    const { data } = event;
    if (!isObject(data) || data['rejected'] !== true) return;
    const known = marks.get(event.uuid);
    if (known !== undefined && known.micros <= micros) return;
    if (known !== undefined) leave(known);
    const { uuid, name, parent_uuid: parentUuid } = event;
    const said = { metadata: keptMetadata(metadataIn(event)), profile: keptProfile(profileIn(event)) };
    const mark: Mark = { kind: 'mark', uuid, parentUuid: parentUuid ?? null, name, micros, data, ...said };
    marks.set(uuid, mark);
    place(mark);
    size += EVENT_SIZE;
  }

  function addHalf(event: AtofScopeEvent | EventRecord, micros: number): void {
    const kind = event.scope_category as 'start' | 'end';
    const scope = scopeOf(event, micros);
    const known = scope[kind];
    if (known !== undefined && known.micros <= micros) return;
    if (known !== undefined) leave(known);
    const printed = isRecord(event);
    const payload = printed ? event.dataJson : ((event as AtofScopeEvent).data ?? undefined);
    const metadata = keptMetadata(metadataIn(event));
    const profile = keptProfile(profileIn(event));
    const half: Half = { kind, scope, micros, payload, printed, known: undefined, metadata, profile };
    scope[kind] = half;
    place(half);
    size += EVENT_SIZE + (printed ? (event.dataJson?.length ?? 0) : 0);
  }

  /** What the earliest event of a scope says about it counts. */
  function scopeOf(event: AtofScopeEvent | EventRecord, micros: number): Scope {
    const { uuid, parent_uuid: parentUuid } = event;
    const name = event.name ?? '';
    const category = event.category as string;
    let scope = scopes.get(uuid);
    if (scope === undefined) {
      scope = { uuid, parentUuid: parentUuid ?? null, name, category, start: undefined, end: undefined };
      scopes.set(uuid, scope);
    } else if (micros < firstMicros(scope)) {
      Object.assign(scope, { parentUuid: parentUuid ?? null, name, category });
      agents.delete(scope);
    } else return scope;
    if (category === 'agent') agents.add(scope);
    return scope;
  }

  return {
    scopes,
    add(event) {
      checkVersion(event);
      if (!isEvent(event)) return;
      const micros = timeOf(event);
      // An event whose time cannot be read stays beside the one before it.
      if (isMicros(micros)) lastMicros = micros;
      if (metadataIn(event)?.[METADATA.RUN] === 'ambiguous') ambiguous = true;
      if (first === undefined || lastMicros < first.micros)
        first = { uuid: event.uuid, rootUuid: stringOf(event.metadata?.[METADATA.ROOT_UUID]), micros: lastMicros };
      if (event.kind === 'mark') addMark(event, lastMicros);
      else addHalf(event as AtofScopeEvent, lastMicros);
    },
    moments() {
      if (!ordered) {
        // Nearly in order as a rule: what ends later than others began is a little late.
        moments = moments.toSorted((a, b) => a.micros - b.micros);
        ordered = true;
      }
      return moments;
    },
    outermost() {
      let earliest: Scope | undefined;
      for (const agent of agents)
        if (earliest === undefined || firstMicros(agent) < firstMicros(earliest)) earliest = agent;
      return earliest;
    },
    get first() {
      return first;
    },
    get ambiguous() {
      return ambiguous;
    },
    get size() {
      return size;
    },
    shrink: (characters) => void (size -= characters),
  };
}

function firstMicros({ start, end }: Scope): number {
  return Math.min(start?.micros ?? Number.POSITIVE_INFINITY, end?.micros ?? Number.POSITIVE_INFINITY);
}
