// SPDX-License-Identifier: Apache-2.0
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createBuilder, type TrajectoryBuilder } from '../../src/atif/builder.ts';
import { drain } from '../../src/atif/pace.ts';
import { toTrajectory } from '../../src/atif/to-trajectory.ts';
import { toObject, toText } from '../../src/atif/told.ts';
import type { AtofEvent, Json } from '../../src/atof/event.ts';
import { expectValidAtif } from '../support/formats/index.ts';
import { asking, eventStream, FAILED, said, user } from './event-stream.ts';
import { toRecord } from './everything.ts';

const names = fc.constantFrom('add', 'find', 'delegate');
const parents = fc.constantFrom(null, 'agent', 'inner', 'step', 'gone', 't0', 't1');
const moves = fc.oneof(
  { weight: 6, arbitrary: fc.record({ kind: fc.constant('tool'), name: names, parent: parents }) },
  fc.record({ kind: fc.constant('failed'), name: names, parent: parents }),
  fc.record({ kind: fc.constant('again'), name: names, parent: parents }),
  fc.record({ kind: fc.constant('around'), name: names, parent: parents }),
  fc.record({ kind: fc.constant('asked'), name: names, parent: parents }),
  fc.record({ kind: fc.constant('chat'), name: names, parent: parents }),
  fc.record({ kind: fc.constant('rejected'), name: names, parent: parents }),
  fc.record({ kind: fc.constant('open'), name: names, parent: parents }),
);

/** A run in which tools that code calls stand beside everything that may concern them. */
const runs = fc.array(moves, { minLength: 1, maxLength: 24 }).map((list): readonly AtofEvent[] => {
  const stream = eventStream();
  stream.start('agent', 'agent', { name: 'outer' });
  stream.start('agent', 'inner', { name: 'nested', parent: 'agent' });
  stream.start('function', 'step', { name: 'a "step"', parent: 'inner' });
  for (const [index, { kind, name, parent }] of list.entries()) {
    const uuid = `t${index}`;
    const args = { index, name };
    if (kind === 'tool') stream.tool(uuid, name, args, index % 2 === 0 ? { index } : `text ${index}`, { parent });
    else if (kind === 'failed') stream.tool(uuid, name, args, null, { parent, metadata: FAILED });
    else if (kind === 'again') stream.tool(uuid, name, args, index, { parent, metadata: { 'flow.attempt': 2 } });
    else if (kind === 'open') stream.start('tool', uuid, { name, parent, data: args });
    else if (kind === 'rejected') stream.mark(name, { parent, data: { rejected: true, rejection_reason: 'no' } });
    else if (kind === 'around') {
      stream.start('tool', uuid, { name, parent, data: args });
      stream.tool(`${uuid}i`, 'find', { inside: index }, 1, { parent: uuid });
      stream.start('agent', `${uuid}a`, { name: 'started', parent: uuid });
      stream.end(uuid, { data: 'early' });
      stream.chat(`${uuid}c`, [user('Sub')], said('Done'), { parent: `${uuid}a` });
      stream.end(`${uuid}a`);
    } else {
      const answer =
        kind === 'asked' ? asking([`c${index}`, name, JSON.stringify({ index: index - 1, name })]) : said('Hm');
      stream.chat(uuid, [user(`Question ${index}`)], answer, { parent });
    }
  }
  stream.end('step');
  stream.end('inner');
  stream.end('agent');
  return stream.events;
});

function asText(builder: TrajectoryBuilder, version: '1.6' | '1.7'): unknown {
  const told = drain(builder.tell({ version }));
  if (told === undefined) return undefined;
  const trajectory = JSON.parse([...toText(told)].join('')) as object;
  expect(drain(toObject(told))).toEqual(trajectory);
  return trajectory;
}

function fromScratch(events: readonly AtofEvent[], version: '1.6' | '1.7'): unknown {
  const trajectory = toTrajectory(events, { version });
  return trajectory && JSON.parse(JSON.stringify(trajectory));
}

describe('a run of which much is settled', () => {
  const versions = fc.constantFrom('1.6' as const, '1.7' as const);

  it('is at each moment what its events tell all at once, in the order in which they happened', () => {
    fc.assert(
      fc.property(runs, fc.func(fc.boolean()), versions, (events, looked, version) => {
        const builder = createBuilder();
        const looks = events.flatMap((event, index) => {
          builder.add(toRecord(event));
          return looked(index) ? [[asText(builder, version), events.slice(0, index + 1)] as const] : [];
        });
        for (const [trajectory, known] of looks) expect(trajectory).toEqual(fromScratch(known, version));
        expect(asText(builder, version)).toEqual(fromScratch(events, version));
      }),
      { numRuns: 60 },
    );
  });

  it('is that also in any other order, and when events come twice', () => {
    const shuffled = runs.chain((events) =>
      fc.tuple(
        fc.constant(events),
        fc.shuffledSubarray([...events, ...events], { minLength: events.length * 2 }),
        fc.func(fc.boolean()),
      ),
    );
    fc.assert(
      fc.property(shuffled, versions, ([events, order, looked], version) => {
        const builder = createBuilder();
        for (const [index, event] of order.entries()) {
          builder.add(toRecord(event));
          if (looked(index)) asText(builder, version);
        }
        const trajectory = asText(builder, version);
        expect(trajectory).toEqual(fromScratch(events, version));
        if (trajectory !== undefined) expectValidAtif(trajectory);
      }),
      { numRuns: 60 },
    );
  });
});

it('steps that stood together are told apart when agents around some of them become known', () => {
  const stream = eventStream();
  stream.start('agent', 'agent', { name: 'outer' });
  stream.start('agent', 'inner', { name: 'nested', parent: 'agent' });
  stream.start('function', 'step', { parent: 'inner' });
  for (const [index, parent] of ['step', null, 'step', null].entries())
    stream.tool(`t${index}`, 'find', { index }, index, { parent });
  const [agent, inner, ...others] = stream.events.map(toRecord);
  const builder = createBuilder();
  for (const event of others) builder.add(event);
  expect(asText(builder, '1.7')).toMatchObject({ steps: [{}, {}, {}, {}] });
  for (const event of [agent!, inner!]) builder.add(event);
  expect(asText(builder, '1.7')).toEqual(fromScratch(stream.events, '1.7'));
});

describe('settled steps', () => {
  const args: Json = { text: 'x'.repeat(300) };

  it('hold little beside their text, whatever they were made of', () => {
    const stream = eventStream();
    for (let index = 0; index < 5000; index++) stream.tool(`t${index}`, 'find', args, args);
    const builder = createBuilder();
    for (const event of stream.events) builder.add(toRecord(event));
    const told = drain(builder.tell());
    const text = [...toText(told!)].join('');
    expect(builder.size / text.length).toBeLessThan(1.2);
    expect(told!.steps.length).toBeLessThan(10);
    expect(JSON.parse(text)).toEqual(fromScratch(stream.events, '1.7'));
  });

  it('count twice where they are stored as wide characters', () => {
    const sizeOf = (letter: string): number => {
      const stream = eventStream();
      stream.tool('t', 'find', {}, letter.repeat(10_000));
      const builder = createBuilder();
      for (const event of stream.events) builder.add(toRecord(event));
      drain(builder.tell());
      return builder.size;
    };
    expect(sizeOf('语') / sizeOf('x')).toBeGreaterThan(1.9);
  });

  it('give back those that something still happened to, one by one', () => {
    const stream = eventStream();
    for (let index = 0; index < 3000; index++) stream.tool(`t${index}.`, 'find', { index }, args);
    // Work that each of them did not wait for.
    for (let index = 0; index < 3000; index += 3) {
      stream.start('function', `f${index}`, { parent: `t${index}.` });
      stream.end(`f${index}`);
    }
    const builder = createBuilder();
    for (const event of stream.events) builder.add(toRecord(event));
    expect(asText(builder, '1.7')).toEqual(fromScratch(stream.events, '1.7'));
  });

  it('stay as they were printed while more comes', () => {
    const stream = eventStream();
    for (let index = 0; index < 100; index++) stream.tool(`t${index}`, 'find', { index }, index);
    const builder = createBuilder();
    for (const event of stream.events) builder.add(toRecord(event));
    const told = drain(builder.tell());
    const pieces = toText(told!);
    const first = pieces.next().value ?? '';
    const later = eventStream();
    later.start('function', 'late', { parent: 't50' });
    for (let index = 0; index < 300; index++) later.tool(`u${index}`, 'find', { index }, index);
    for (const event of later.events) builder.add(toRecord(event));
    expect(JSON.parse(first + [...pieces].join(''))).toEqual(fromScratch(stream.events, '1.7'));
  });
});
