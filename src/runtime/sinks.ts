// SPDX-License-Identifier: Apache-2.0
import type { EventRecord } from '../atof/record.ts';
import type { Scope } from '../scope/scope.ts';
import { report } from './diagnostics.ts';

/** A closed scope as span processors of ours get it: its events with payloads, whatever the span may hold. */
export interface ScopeRecord {
  readonly uuid: string;
  readonly rootUuid: string;
  readonly name: string;
  readonly category: string;
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
    category: scope.type,
    enclosing: enclosingStarts(scope),
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

function give(entry: { record: ScopeRecord; taken: Set<RecordSink> }, sink: RecordSink): void {
  if (entry.taken.has(sink)) return;
  entry.taken.add(sink);
  try {
    sink(entry.record);
  } catch (error) {
    report('processor', entry.record.name, error);
  }
}

function enclosingStarts(scope: Scope): EventRecord[] {
  const starts: EventRecord[] = [];
  for (let each = scope.parent; each !== undefined && !each.isRoot; each = each.parent) {
    const start = each.events?.[0];
    if (start !== undefined) starts.push(start);
  }
  return starts.toReversed();
}
