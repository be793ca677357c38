// SPDX-License-Identifier: Apache-2.0
import { METADATA } from '../../semconv/index.ts';
import { isMicros } from '../atof/clock.ts';
import type { AtofScopeEvent } from '../atof/event.ts';
import type { EventRecord } from '../atof/record.ts';
import { isObject, stringOf } from '../codecs/read.ts';
import { type AnyEvent, checkVersion, isEvent, isRecord, metadataIn, profileIn, timeOf } from './any-event.ts';
import { keptMetadata, keptProfile } from './facts.ts';
import { createMoments } from './moments.ts';
import { toolCallId } from './observations.ts';
import { runLine } from './run-by-code.ts';
import { type Half, type Mark, metadataOf, type Moment, type Scope } from './scopes.ts';
import { createSettled } from './settled.ts';
import type { SettledSteps } from './settled-steps.ts';
import { agentAround } from './subagents.ts';

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
  /** Steps that are told already: their tools are no longer among the moments and the scopes. */
  settled(): readonly SettledSteps[];
  /** Names of tools that models asked for, as far as its readers have found out. */
  readonly asked: Set<string>;
  /** Puts back the tools whose names were asked for. True when there were any. */
  unsettleAsked(): boolean;
  /** Puts back the tools with this parent. */
  unsettleWithin(parentUuid: string): void;
}

/** About what an event costs beside its payload. */
const EVENT_SIZE = 200;

/** An empty stream. */
export function createStream(): Stream {
  const scopes = new Map<string, Scope>();
  const agents = new Set<Scope>();
  const marks = new Map<string, Mark>();
  const settled = createSettled();
  const asked = new Set<string>();
  /** Uuids that something has as its parent. */
  const parents = new Set<string | null>();
  const moments = createMoments();
  let first: { uuid: string; rootUuid: string | undefined; micros: number } | undefined;
  let lastMicros = 0;
  let ambiguous = false;
  let size = 0;

  function addMark(event: AnyEvent, micros: number): void {
    // Not every mark is worth parsing.
    if (isRecord(event) && event.dataJson?.includes('"rejected"') !== true) return;
    const { data } = event;
    if (!isObject(data) || data['rejected'] !== true) return;
    const known = marks.get(event.uuid);
    if (known !== undefined && known.micros <= micros) return;
    if (known !== undefined) moments.remove(known);
    const { uuid, name, parent_uuid: parentUuid } = event;
    const said = { metadata: keptMetadata(metadataIn(event)), profile: keptProfile(profileIn(event)) };
    const mark: Mark = { kind: 'mark', uuid, parentUuid: parentUuid ?? null, name, micros, data, ...said };
    marks.set(uuid, mark);
    hang(mark.parentUuid);
    moments.add(mark);
    size += EVENT_SIZE;
  }

  function addHalf(event: AtofScopeEvent | EventRecord, micros: number): void {
    const kind = event.scope_category as 'start' | 'end';
    const scope = scopeOf(event, micros);
    const known = scope[kind];
    if (known !== undefined && known.micros <= micros) return;
    if (known !== undefined) moments.remove(known);
    const printed = isRecord(event);
    const payload = printed ? event.dataJson : ((event as AtofScopeEvent).data ?? undefined);
    const metadata = keptMetadata(metadataIn(event));
    const profile = keptProfile(profileIn(event));
    const half: Half = { kind, scope, micros, payload, printed, known: undefined, metadata, profile };
    scope[kind] = half;
    moments.add(half);
    size += sizeOf(half);
    if (scope.category === 'tool' && scope.start && scope.end) settle(scope);
  }

  function settle(tool: Scope): void {
    const line = isLeaf(tool) ? runLine(tool, scopes) : undefined;
    if (line === undefined) return;
    settled.add(tool, line, agentAround(tool, scopes));
    scopes.delete(tool.uuid);
    size -= sizeOf(tool.start) + sizeOf(tool.end);
    moments.removeBoth(tool);
  }

  /** No other event says anything about its step, and no model can have asked for it. */
  function isLeaf(tool: Scope): boolean {
    return (
      !parents.has(tool.uuid) &&
      !asked.has(tool.name) &&
      toolCallId(tool) === undefined &&
      metadataOf(tool, METADATA.ATTEMPT) === undefined
    );
  }

  function putBack(tools: readonly Scope[]): void {
    for (const tool of tools) {
      scopes.set(tool.uuid, tool);
      for (const half of [tool.start, tool.end]) {
        if (half === undefined) continue;
        moments.add(half);
        size += sizeOf(half);
      }
    }
  }

  /** Something has this parent: then that is no leaf. */
  function hang(parentUuid: string | null): void {
    if (parents.has(parentUuid)) return;
    parents.add(parentUuid);
    if (parentUuid !== null) putBack(settled.takeOne(parentUuid));
  }

  /** What hangs from it was settled when something else was known about it. */
  function change(scope: Scope, said: Pick<Scope, 'parentUuid' | 'name' | 'category'>): void {
    const { uuid, parentUuid, name, category } = scope;
    Object.assign(scope, said);
    if (said.parentUuid === parentUuid && said.name === name && said.category === category) return;
    hang(said.parentUuid);
    putBack(settled.takeWithin(uuid));
  }

  /** What the earliest event of a scope says about it counts. */
  function scopeOf(event: AtofScopeEvent | EventRecord, micros: number): Scope {
    const { uuid, parent_uuid: parentUuid } = event;
    const name = event.name ?? '';
    const category = event.category as string;
    // Only one that comes twice is settled already.
    if (settled.has(uuid)) putBack(settled.takeOne(uuid));
    let scope = scopes.get(uuid);
    if (scope === undefined) {
      scope = { uuid, parentUuid: parentUuid ?? null, name, category, start: undefined, end: undefined };
      scopes.set(uuid, scope);
      hang(scope.parentUuid);
      if (parents.has(uuid)) putBack(settled.takeWithin(uuid));
    } else if (micros < firstMicros(scope)) {
      change(scope, { parentUuid: parentUuid ?? null, name, category });
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
    moments: moments.inOrder,
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
      return size + settled.size;
    },
    settled: settled.all,
    asked,
    unsettleAsked() {
      const tools = settled.takeNamed(asked);
      putBack(tools);
      return tools.length > 0;
    },
    unsettleWithin: (parentUuid) => putBack(settled.takeWithin(parentUuid)),
    shrink: (characters) => void (size -= characters),
  };
}

function sizeOf(half: Half | undefined): number {
  if (half === undefined) return 0;
  return EVENT_SIZE + (half.printed ? ((half.payload as string | undefined)?.length ?? 0) : 0);
}

function firstMicros({ start, end }: Scope): number {
  return Math.min(start?.micros ?? Number.POSITIVE_INFINITY, end?.micros ?? Number.POSITIVE_INFINITY);
}
