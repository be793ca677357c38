// SPDX-License-Identifier: Apache-2.0
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { toTrajectory } from '../../src/atif/index.ts';
import type { AtofEvent } from '../../src/atof/event.ts';
import { expectValidAtif } from '../support/formats/index.ts';
import { eventStream, user } from './event-stream.ts';
import { everything } from './everything.ts';

const events = everything();
const versions = ['1.6', '1.7'] as const;

it('the order in which events arrive does not matter', () => {
  const expected = toTrajectory(events);
  expectValidAtif(expected);
  fc.assert(
    fc.property(fc.shuffledSubarray([...events], { minLength: events.length }), (shuffled) => {
      expect(toTrajectory(shuffled)).toEqual(expected);
    }),
  );
});

it('whatever is missing from a stream, the document is valid or there is none', () => {
  fc.assert(
    fc.property(fc.shuffledSubarray([...events]), fc.constantFrom(...versions), (some, version) => {
      const trajectory = toTrajectory(some, { version });
      expect(() => trajectory && expectValidAtif(trajectory)).not.toThrow();
    }),
    { numRuns: 300 },
  );
});

it('whatever the payloads, times and parents are, the document is valid or there is none', () => {
  const anything = fc.jsonValue({ maxDepth: 3 });
  const uuids = fc.constantFrom(null, ...events.map(({ uuid }) => uuid));
  const damage = fc.record(
    {
      data: fc.oneof(anything, anything.map((content) => ({ headers: {}, content })), anything.map((message) => ({ choices: [{ message }] })), anything.map((messages) => ({ messages }))), // prettier-ignore
      timestamp: fc.oneof(fc.string(), fc.integer(), fc.double(), fc.constant('2026-08-01T10:00:00Z')),
      parent_uuid: uuids,
      metadata: fc.oneof(
        anything,
        fc.dictionary(fc.constantFrom('flow.attempt', 'flow.usage', 'flow.codec', 'otel.status_code'), anything),
      ),
      category_profile: anything,
    },
    { requiredKeys: [] },
  );
  const damaged = fc.tuple(
    ...events.map((event) => fc.option(damage, { nil: {} }).map((changes) => ({ ...event, ...changes }))),
  );
  fc.assert(
    fc.property(damaged, fc.constantFrom(...versions), (stream, version) => {
      const trajectory = toTrajectory(stream as unknown as readonly AtofEvent[], { version });
      expect(() => trajectory && expectValidAtif(trajectory)).not.toThrow();
    }),
    { numRuns: 200 },
  );
});

it('things that are no events, and events that come twice, are left out', () => {
  const garbage = [null, 3, 'x', {}, { uuid: 'u' }, { kind: 'scope', uuid: 'u', scope_category: 'middle' }];
  expect(toTrajectory(garbage as never)).toBeUndefined();
  expect(toTrajectory([...garbage, ...events] as never)).toEqual(toTrajectory(events));
  expect(toTrajectory([...events, ...events])).toEqual(toTrajectory(events));
});

it.each(['whole', 'as references'] as const)(
  'takes time in proportion to the number of events, though every request repeats the history (answers %s)',
  (form) => {
    const conversation = (turns: number): number => {
      const stream = eventStream();
      const items: object[] = [];
      for (let turn = 0; turn < turns; turn++) {
        items.push(user(`q${turn}`));
        stream.start('llm', `l${turn}`, { data: { headers: {}, content: { input: [...items] } } as never });
        const message = { type: 'message', role: 'assistant', content: [{ type: 'output_text', text: `a${turn}` }] };
        stream.end(`l${turn}`, { data: { id: `r${turn}`, output: [message] } as never });
        items.push(form === 'whole' ? message : { type: 'item_reference', id: `r${turn}` });
      }
      let reads = 0;
      const watched = stream.events.map((event) => watch(event, () => reads++));
      expect(toTrajectory(watched)?.steps).toHaveLength(2 * turns);
      return reads;
    };
    const [short, long] = [conversation(20), conversation(200)];
    expect(short).toBeGreaterThan(20);
    expect(long / short).toBeLessThan(11);
  },
);

/** The event with a request whose items report when they are looked at. */
function watch(event: AtofEvent, seen: () => void): AtofEvent {
  const content = (event.data as { content?: { input: readonly object[] } } | null)?.content;
  if (!content) return event;
  const items = content.input.map((item) => ({
    ...item,
    get role() {
      seen();
      return (item as { role?: string }).role;
    },
  }));
  return { ...event, data: { headers: {}, content: { input: items } as never } };
}
