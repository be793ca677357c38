// SPDX-License-Identifier: Apache-2.0
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createBuilder, type TrajectoryBuilder } from '../../src/atif/builder.ts';
import { drain } from '../../src/atif/pace.ts';
import { toTrajectory, type TrajectoryOptions } from '../../src/atif/to-trajectory.ts';
import { toObject, toText } from '../../src/atif/told.ts';
import type { Trajectory } from '../../src/atif/trajectory.ts';
import type { AtofEvent, Json } from '../../src/atof/event.ts';
import { expectValidAtif } from '../support/formats/index.ts';
import { eventStream, FAILED, result, said, system, user } from './event-stream.ts';
import { everything, toRecord } from './everything.ts';

function told(builder: TrajectoryBuilder, options?: TrajectoryOptions): Trajectory | undefined {
  const trajectory = drain(builder.tell(options));
  return trajectory && drain(toObject(trajectory));
}

/** A conversation in which every request repeats all that was said, with tools and a large system text. */
function conversation(turns: number): readonly AtofEvent[] {
  const stream = eventStream();
  const text = 'long '.repeat(300);
  const tools = [{ type: 'function', function: { name: 'add', description: text, parameters: {} } }];
  const messages: object[] = [system(text)];
  for (let turn = 0; turn < turns; turn++) {
    messages.push(user(`${turn}: ${text}`));
    if (turn % 3 === 1) messages.push(result(`c${turn}`, text));
    stream.chat(`l${turn}`, messages, said(`Answer ${turn}`), { request: { tools } });
    messages.push(said(`Answer ${turn}`));
  }
  return stream.events;
}

describe('a trajectory that grows', () => {
  it('is at each moment what its events so far tell all at once, in whichever order they come', () => {
    const events = everything();
    const growing = fc.tuple(
      fc.shuffledSubarray([...events], { minLength: events.length }),
      fc.func(fc.boolean()),
      fc.constantFrom('1.6' as const, '1.7' as const),
      fc.boolean(),
    );
    fc.assert(
      fc.property(growing, ([order, looked, version, emitted]) => {
        const builder = createBuilder();
        const looks = order.flatMap((event, index) => {
          builder.add(emitted ? toRecord(event) : event);
          return looked(index) ? [[told(builder, { version }), order.slice(0, index + 1)] as const] : [];
        });
        for (const [trajectory, known] of looks) expect(trajectory).toEqual(toTrajectory(known, { version }));
        expect(told(builder, { version })).toEqual(toTrajectory(events, { version }));
      }),
      { numRuns: 60 },
    );
  });

  it('tells the same when it has forgotten what requests repeat', () => {
    const events = conversation(12);
    const expected = toTrajectory(events);
    expectValidAtif(expected);
    const order = fc.tuple(fc.shuffledSubarray([...events], { minLength: events.length }), fc.func(fc.boolean()));
    fc.assert(
      fc.property(order, ([shuffled, looked]) => {
        const builder = createBuilder({ forgets: true });
        for (const [index, event] of shuffled.entries()) {
          builder.add(toRecord(event));
          if (looked(index)) told(builder);
        }
        expect(told(builder)).toEqual(expected);
        expect(told(builder)).toEqual(expected);
      }),
      { numRuns: 30 },
    );
  });

  it('loses nothing where a telling is given up while it takes in what has come', () => {
    const stream = eventStream();
    for (let index = 0; index < 60; index++) stream.tool(`t${index}`, 'search', { index }, { found: index });
    const builder = createBuilder();
    for (const event of stream.events) builder.add(event);
    for (let pieces = 0; pieces < 5; pieces++) {
      const given = builder.tell();
      for (let piece = 0; piece <= pieces; piece++) given.next();
      given.return(undefined);
    }
    expect(told(builder)).toEqual(toTrajectory(stream.events));
  });

  it('holds of a long conversation each message about once', () => {
    const sizeAfter = (turns: number): number => {
      const builder = createBuilder({ forgets: true });
      for (const event of conversation(turns)) {
        builder.add(toRecord(event));
        told(builder);
      }
      return builder.size;
    };
    expect(sizeAfter(40) / sizeAfter(10)).toBeLessThan(5);
  });

  it('leaves an event out until sanitizers have finished with it', () => {
    const [start, end] = conversation(1).map(toRecord) as [ReturnType<typeof toRecord>, ReturnType<typeof toRecord>];
    const builder = createBuilder();
    start.ready = false;
    builder.add(start);
    builder.add(end);
    expect(told(builder)?.steps.map(({ message }) => message)).toEqual(['Answer 0']);
    start.ready = true;
    expect(told(builder)?.steps).toHaveLength(3);
  });

  it('knows an event that is not ready also where another copy of Flow emitted it', () => {
    const [start] = conversation(1).map(toRecord) as [ReturnType<typeof toRecord>];
    const foreign = new Proxy(start, {
      get: (record, name) => (name === 'ready' ? false : Reflect.get(record, name, record)),
      getPrototypeOf: () => null,
    });
    const builder = createBuilder();
    builder.add(foreign);
    expect(told(builder)).toBeUndefined();
  });

  it('takes what comes while it is told the next time', () => {
    const stream = eventStream();
    for (let i = 0; i < 100; i++) stream.tool(`t${i}`, 'add', { i }, i);
    const builder = createBuilder();
    for (const event of stream.events.slice(0, 100)) builder.add(toRecord(event));
    const work = builder.tell();
    expect(work.next().done).toBe(false);
    for (const event of stream.events.slice(100)) builder.add(toRecord(event));
    expect(drain(toObject(drain(work)!)).steps).toHaveLength(50);
    expect(told(builder)).toEqual(toTrajectory(stream.events));
  });

  it('is told again after a telling that was given up', () => {
    const builder = createBuilder();
    for (const event of everything()) builder.add(event);
    const work = builder.tell();
    work.next();
    work.return(undefined);
    expect(told(builder)).toEqual(toTrajectory(everything()));
  });
});

describe('the text of a document', () => {
  it.each(['1.6', '1.7'] as const)('says what the object says, one step in each line, in version %s', (version) => {
    const builder = createBuilder();
    for (const event of everything()) builder.add(event);
    const trajectory = drain(builder.tell({ version, notes: 'n', extra: { own: 1 } }));
    const text = [...toText(trajectory!)].join('');
    expect(JSON.parse(text)).toEqual(drain(toObject(trajectory!)));
    expect(text.split('\n').length).toBeGreaterThan(trajectory!.steps.length);
  });

  it('says what the object says of tools that code ran, whatever they were given and gave', () => {
    const anything = fc.jsonValue({ maxDepth: 2 }) as fc.Arbitrary<Json>;
    const run = fc.record({
      args: fc.oneof(anything, fc.dictionary(fc.string(), anything)),
      given: anything,
      name: fc.string(),
      id: fc.option(fc.string()),
      status: fc.constantFrom(
        null,
        { 'otel.status_code': 'OK' },
        { 'otel.status_code': 'UNSET', cancelled: true },
        FAILED,
      ),
      parent: fc.constantFrom(null, 'f', 'gone'),
    });
    fc.assert(
      fc.property(fc.array(run, { minLength: 1, maxLength: 5 }), (runs) => {
        const stream = eventStream();
        stream.start('function', 'f', { name: 'around "it"' });
        for (const [index, { args, given, name, id, status, parent }] of runs.entries()) {
          const profile = id === null ? {} : { profile: { tool_call_id: id } };
          stream.tool(`t${index}`, name, args, given, { parent, ...profile, ...(status && { metadata: status }) });
        }
        const builder = createBuilder();
        for (const event of stream.events) builder.add(toRecord(event));
        const trajectory = drain(builder.tell());
        const expected = toTrajectory(stream.events.map((event) => ({ ...event })));
        expect(JSON.parse([...toText(trajectory!)].join(''))).toEqual(JSON.parse(JSON.stringify(expected)));
        expectValidAtif(expected);
      }),
    );
  });

  it('pauses often: long trajectories do not keep the event loop', () => {
    const stream = eventStream();
    for (let i = 0; i < 1000; i++) stream.tool(`t${i}`, 'add', { i }, i);
    const builder = createBuilder();
    for (const event of stream.events) builder.add(event);
    const work = builder.tell();
    let pauses = 0;
    let next = work.next();
    for (; next.done !== true; next = work.next()) pauses++;
    expect(pauses).toBeGreaterThan(100);
    expect([...toText(next.value!)].length).toBeGreaterThan(25);
  });
});
