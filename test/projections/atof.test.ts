// SPDX-License-Identifier: Apache-2.0
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

import { ATOF } from '../../semconv/index.ts';
import { type EventFields, EventRecord } from '../../src/atof/record.ts';
import { uuidV7 } from '../../src/atof/uuid.ts';
import { spanEventAttributes, spanEventName } from '../../src/projections/atof.ts';
import { eventsFromSpans, type ReadSpan } from '../../src/projections/atof-reader.ts';

const start: EventFields = {
  kind: 'scope',
  scopeCategory: 'start',
  uuid: '01a1faeb-ee42-7991-84ed-d4e48a32d893',
  parentUuid: '01a1faeb-ee40-78a3-9d24-7ae9cdc2de75',
  micros: 1_795_210_000_000_007,
  name: 'find',
  attributes: ['parallel', 'streaming'],
  category: 'tool',
  dataSchema: { name: 'own/schema', version: '1' },
};
const end: EventFields = { ...start, scopeCategory: 'end', micros: start.micros + 1 };
const mark: EventFields = {
  ...start,
  kind: 'mark',
  scopeCategory: undefined,
  uuid: '01a1faeb-ee43-7950-bc6e-416c9858b1ba',
  parentUuid: null,
  category: null,
  dataSchema: null,
};
const profile = { tool_call_id: 'call_1', tool_result_annotation: { rows: 1 } };
const metadata = { root_uuid: start.parentUuid, 'otel.status_code': 'OK', own: [1, { deep: null }] };

/** Each form that a span event can have. */
const forms = {
  'start with a payload': [new EventRecord(start, profile, metadata, '{"q":"é"}'), true],
  'end whose payload is null': [new EventRecord(end, profile, metadata, undefined), true],
  'mark without anything': [new EventRecord(mark, null, null, undefined), true],
  'start without content on spans': [new EventRecord(start, profile, metadata, '{"q":"é"}'), false],
} as const;

const golden = JSON.parse(readFileSync(join(import.meta.dirname, 'golden/span-events.json'), 'utf8')) as unknown;

describe('the span events that ATOF events double as', () => {
  it('have the names and attributes that the golden file freezes', () => {
    const now = Object.entries(forms).map(([form, [event, withData]]) => {
      const attributes = spanEventAttributes(event, withData);
      return { form, name: spanEventName(event), attributes };
    });
    expect({ names: ATOF, events: now }).toEqual(golden);
  });

  it('read back as the events they were made from', () => {
    const spans = Object.values(forms)
      .slice(0, 3)
      .map(([event, withData]) => spanOf(event, withData));
    const { events, findings } = eventsFromSpans(spans);
    expect(findings).toEqual([]);
    expect(events).toEqual(
      [forms['start with a payload'], forms['mark without anything'], forms['end whose payload is null']].map(
        ([event]) => event.toJSON(),
      ),
    );
  });
});

describe('the reader of span events', () => {
  it('reads what other programs put on the same spans past', () => {
    const span: ReadSpan = {
      name: 'GET',
      attributes: {},
      events: [{ name: 'exception', attributes: { 'exception.type': 'E' } }],
    };
    expect(eventsFromSpans([span])).toEqual({ events: [], findings: [] });
  });

  it.each<[string, Record<string, unknown>, string]>([
    ['no attributes', {}, 'the span'],
    ['an envelope that was cut', { [ATOF.UUID]: start.uuid, [ATOF.ENVELOPE]: '{"kind":' }, start.uuid],
    ['an envelope that is no object', { [ATOF.UUID]: start.uuid, [ATOF.ENVELOPE]: '1' }, start.uuid],
    ['a uuid that was cut', { [ATOF.UUID]: '01a1faeb', [ATOF.ENVELOPE]: '{}' }, '01a1faeb'],
    ['attributes of other types', { [ATOF.UUID]: 1, [ATOF.ENVELOPE]: [1] }, 'the span'],
    ['an envelope that lacks what every event has', { [ATOF.UUID]: start.uuid, [ATOF.ENVELOPE]: '{}' }, start.uuid],
    ['an envelope that is null', { [ATOF.UUID]: start.uuid, [ATOF.ENVELOPE]: 'null' }, start.uuid],
  ])('names an event with %s as unreadable', (_, attributes, where) => {
    const span: ReadSpan = { name: 'the span', attributes: {}, events: [{ name: ATOF.EVENT_START, attributes }] };
    expect(eventsFromSpans([span])).toEqual({ events: [], findings: [{ problem: 'event_unreadable', where }] });
  });

  it('does not let an envelope say another uuid, parent or payload than the span event does', () => {
    const { attributes } = spanOf(forms['start with a payload'][0], true).events[0] as ReadSpan['events'][number];
    const envelope = JSON.stringify({
      ...(JSON.parse(attributes[ATOF.ENVELOPE] as string) as object),
      uuid: 'x',
      parent_uuid: 'x',
      data: 'x',
    });
    const { events } = eventsFromSpans([
      {
        name: 's',
        attributes: {},
        events: [{ name: ATOF.EVENT_START, attributes: { ...attributes, [ATOF.ENVELOPE]: envelope } }],
      },
    ]);
    expect(events).toEqual([forms['start with a payload'][0].toJSON()]);
  });

  it('gives events in order of time, and those of one time in the order of their spans', () => {
    const at = (name: string, micros: number): ReadSpan =>
      spanOf(new EventRecord({ ...mark, uuid: uuidV7(), name, micros }, null, null, undefined), true);
    const { events } = eventsFromSpans([at('c', 3), at('a', 1), at('b1', 2), at('b2', 2)]);
    expect(events.map(({ name }) => name)).toEqual(['a', 'b1', 'b2', 'c']);
  });

  it('takes a span that arrives twice as one', () => {
    const spans = [
      forms['start with a payload'],
      forms['end whose payload is null'],
      forms['mark without anything'],
    ].map(([event]) => spanOf(event, true));
    expect(eventsFromSpans([...spans, ...spans])).toEqual(eventsFromSpans(spans));
  });
});

function spanOf(event: EventRecord, withData: boolean): ReadSpan {
  const attributes = spanEventAttributes(event, withData) as Record<string, unknown>;
  return { name: event.name, attributes: {}, events: [{ name: spanEventName(event), attributes }] };
}
