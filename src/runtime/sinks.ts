// SPDX-License-Identifier: Apache-2.0
import { METADATA } from '../../semconv/index.ts';
import type { EventRecord } from '../atof/record.ts';
import type { Scope } from '../scope/scope.ts';
import { report } from './diagnostics.ts';

/** A closed scope, or a mark outside of open scopes, as span processors of ours get it: with payloads, whatever the span may hold. */
export interface ScopeRecord {
  readonly uuid: string;
  readonly rootUuid: string;
  readonly name: string;
  /** Start events of the scopes around it, outermost first, open or not. */
  readonly enclosing: readonly EventRecord[];
  /** Start, marks, end in order of emission. */
  readonly events: readonly EventRecord[];
}

/** Takes records. Called synchronously when a scope's span has ended, or would have. */
export type RecordSink = (record: ScopeRecord) => void;

const sinks = new Set<RecordSink>();
const open = new Map<string, { record: ScopeRecord; taken: Set<RecordSink> }>();

/** True while somebody takes records: only then does a scope keep its events. */
export function hasSinks(): boolean {
  return sinks.size > 0;
}

/** Adds a sink. Returns its undo. */
export function addSink(sink: RecordSink): () => void {
  sinks.add(sink);
  return () => void sinks.delete(sink);
}

/**
 * A processor saw the end of the span that carries this `atof.uuid`: hands it the scope's record, if the scope has closed and this sink
 * has not had it. Each sink gets each record exactly once, from its span or from {@link deliver}.
 */
export function takeRecord(uuid: string, sink: RecordSink): void {
  const entry = open.get(uuid);
  if (entry !== undefined) give(entry, sink);
}

/** The scope has closed: ends its span through `endSpan`, during which processors take the record, then serves the sinks that saw no span. */
export function deliver(scope: Scope, endSpan: () => void): void {
  if (scope.events === undefined || sinks.size === 0) {
    endSpan();
    return;
  }
  const record: ScopeRecord = {
    uuid: scope.uuid,
    rootUuid: scope.rootUuid,
    name: scope.name,
    enclosing: startsFrom(scope.parent),
    events: scope.events,
  };
  const entry = { record, taken: new Set<RecordSink>() };
  open.set(record.uuid, entry);
  try {
    endSpan();
  } finally {
    for (const sink of sinks) give(entry, sink);
    open.delete(record.uuid);
    scope.events = scope.events.slice(0, 1);
  }
}

/** A mark of a root, or of a scope that has ended: the record of that scope cannot hold it. */
export function deliverMark(scope: Scope, mark: EventRecord): void {
  const rootUuid = mark.metadata?.[METADATA.ROOT_UUID];
  const record: ScopeRecord = {
    uuid: mark.uuid,
    rootUuid: typeof rootUuid === 'string' ? rootUuid : scope.rootUuid,
    name: mark.name,
    enclosing: startsFrom(scope),
    events: [mark],
  };
  for (const sink of sinks) give({ record, taken: new Set() }, sink);
}

function give(entry: { record: ScopeRecord; taken: Set<RecordSink> }, sink: RecordSink): void {
  if (entry.taken.has(sink)) return;
  entry.taken.add(sink);
  try {
    sink(entry.record);
  } catch (error) {
    report('processor', entry.record.name, error);
  }
}

function startsFrom(innermost: Scope | undefined): EventRecord[] {
  const starts: EventRecord[] = [];
  for (let each = innermost; each !== undefined && !each.isRoot; each = each.parent) {
    const start = each.events?.[0];
    // A scope that was open before anybody took records has none.
    if (start?.scope_category === 'start') starts.push(start);
  }
  return starts.toReversed();
}
