// SPDX-License-Identifier: Apache-2.0
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Collector } from '../collector/index.ts';
import { expectValidAtif, expectValidAtof } from '../formats/index.ts';

/** An event as far as it is looked at here. */
export interface RecordedEvent {
  readonly uuid: string;
  readonly category?: string | null;
  readonly data?: unknown;
  readonly metadata?: Readonly<Record<string, unknown>> | null;
}

/** The environment of a program whose spans go to the collector, and its events and trajectories to files in the folder. */
export function recordTo(folder: string, collector: Collector): Readonly<Record<string, string>> {
  return {
    OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
    OTEL_METRICS_EXPORTER: 'none',
    OTEL_LOGS_EXPORTER: 'none',
    FLOW_ATOF_FILE: join(folder, 'events.jsonl'),
    FLOW_ATIF_DIR: join(folder, 'atif'),
  };
}

/** The events that a program left there, in the order in which they were written. Fails if they are not valid. */
export function eventsIn<Event>(folder: string): readonly Event[] {
  const text = readFileSync(join(folder, 'events.jsonl'), 'utf8');
  expectValidAtof(text);
  return text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Event);
}

/** The trajectories that it left there, by the names of their agents. Fails if one is not valid. */
export function trajectoriesIn(folder: string): readonly { readonly agent: { readonly name: string } }[] {
  const trajectories = readdirSync(join(folder, 'atif'))
    .map((name) => JSON.parse(readFileSync(join(folder, 'atif', name), 'utf8')) as { agent: { name: string } })
    .toSorted((a, b) => (a.agent.name < b.agent.name ? -1 : 1));
  trajectories.forEach(expectValidAtif);
  return trajectories;
}

/** The events in the order in which they happened: several processes write as they come. */
export function byTime<Event extends { readonly timestamp: string }>(events: readonly Event[]): readonly Event[] {
  return events.toSorted((a, b) => (a.timestamp < b.timestamp ? -1 : 1));
}

/** Whether the event is of a guardrail that allowed a call. */
export const isAllowed = ({ category, data }: RecordedEvent): boolean =>
  category === 'guardrail' && (data as { readonly allowed?: boolean } | null | undefined)?.allowed === true;

/** The events without guardrails that allowed a call: how long they took decides whether they have a scope of their own, or stand in that of the call. */
export function withoutAllowed<Event extends RecordedEvent>(
  events: readonly Event[],
  isOf: (event: Event) => boolean = isAllowed,
): readonly Event[] {
  const allowed = new Set(events.filter(isOf).map(({ uuid }) => uuid));
  return events
    .filter(({ uuid }) => !allowed.has(uuid))
    .map((event) => {
      const { 'flow.guardrails': _, ...metadata } = event.metadata ?? {};
      return { ...event, metadata };
    });
}
