// SPDX-License-Identifier: Apache-2.0
import type { AtofEvent } from '../../../src/api/index.ts';
import { finishedSpans } from './spans.ts';

/** Child to parent, by name; `root` and `none` where there is no such scope or span. Names should be unique. */
export type Tree = Readonly<Record<string, string>>;

/** The tree of the events: each start and mark under the scope that its `parent_uuid` names. */
export function eventTree(events: readonly AtofEvent[]): Tree {
  const opening = events.filter((event) => event.kind === 'mark' || event.scope_category === 'start');
  const names = new Map(opening.map(({ uuid, name }) => [uuid, name]));
  const parent = ({ parent_uuid: uuid, metadata }: AtofEvent): string =>
    names.get(uuid ?? '') ?? (uuid === metadata?.['root_uuid'] ? 'root' : 'unknown');
  return Object.fromEntries(opening.map((event) => [event.name, parent(event)]));
}

/** The tree of the ended spans, the application's own included. */
export function spanTree(): Tree {
  const spans = finishedSpans();
  const names = new Map(spans.map((span) => [span.spanContext().spanId, span.name]));
  return Object.fromEntries(
    spans.map(({ name, parentSpanContext: parent }) => [
      name,
      parent === undefined ? 'none' : (names.get(parent.spanId) ?? 'unknown'),
    ]),
  );
}
