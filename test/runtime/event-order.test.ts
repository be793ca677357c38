// SPDX-License-Identifier: Apache-2.0
import { setImmediate as macrotask } from 'node:timers/promises';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { type AtofEvent, flow } from '../../src/api/index.ts';
import { getRuntime } from '../../src/api/runtime.ts';
import { toMicros } from '../../src/atof/clock.ts';
import type { Registration } from '../../src/pipeline/registry.ts';
import { eventsFromSpans } from '../../src/projections/atof-reader.ts';
import type { ScopeRecord } from '../../src/runtime/sinks.ts';
import { receive, startTracing, type Tracing } from '../projections/tracing.ts';
import { perform, type Program, programs } from './program.ts';
import { type Recorder, startRecorder } from './recorder.ts';

const { addSink } = getRuntime().internals;

let tracing: Tracing;
beforeAll(() => {
  tracing = startTracing();
});
afterAll(() => tracing.stop());

let recorder: Recorder;
let undo: (() => unknown)[] = [];

/** The property with set-up and clean-up around each of its runs, also the failing ones. */
const property = (holds: (program: Program) => Promise<void>): Promise<void> =>
  fc.assert(
    fc
      .asyncProperty(runs, async ([program, delays]) => {
        sanitizeSlowly(delays);
        await holds(program);
      })
      .beforeEach(() => {
        recorder = startRecorder();
      })
      .afterEach(() => {
        for (const each of undo) each();
        undo = [];
        recorder.stop();
        tracing.take();
      }),
    { numRuns: 60 },
  );

const keep = ({ remove }: Registration): unknown => undo.push(remove);
const micros = ({ timestamp }: AtofEvent): number => toMicros(timestamp);

/** Sanitizers and injectors of every kind that take as long as `delays` says, one after the other. */
function sanitizeSlowly(delays: readonly number[]): void {
  let next = 0;
  const later = <Value>(value: Value): Value | Promise<Value> => {
    const ticks = delays[next++ % delays.length] ?? 0;
    return ticks === 0 ? value : wait(ticks, value);
  };
  keep(flow.tool.addSanitizeRequest('slow', (args) => later(args)));
  keep(flow.llm.addSanitizeResponse('slow', (response) => later(response)));
  keep(flow.event.addMetadata('slow', () => later({ slow: true })));
  keep(flow.event.addSanitizeMark('slow', (event) => later(event)));
  keep(flow.event.addSanitizeScopeStart('slow', (event) => later(event)));
  keep(flow.event.addSanitizeScopeEnd('slow', (event) => later(event)));
}

async function wait<Value>(macrotasks: number, value: Value): Promise<Value> {
  for (let i = 1; i < macrotasks; i++) await macrotask();
  return value;
}

const runs: fc.Arbitrary<[Program, number[]]> = fc.tuple(
  programs,
  fc.array(fc.nat({ max: 4 }), { minLength: 1, maxLength: 20 }),
);

describe('whatever runs at the same time, and however long sanitizers take,', () => {
  it('subscribers get events in order of emission', async () => {
    await property(async (program) => {
      const slow: string[] = [];
      keep(
        flow.addSubscriber('slow', async ({ uuid }) => {
          await Promise.resolve();
          slow.push(uuid);
        }),
      );
      await perform(program);
      const events = await recorder.take();
      expect(events.map(micros)).toEqual(events.map(micros).toSorted((a, b) => a - b));
      expect(slow).toEqual(events.map(({ uuid }) => uuid));
      expect(events.filter(({ metadata }) => metadata?.['slow'] !== true)).toEqual([]);
    });
  });

  it('every span has its start, then its marks, then its end, and ends after them', async () => {
    await property(async (program) => {
      await perform(program);
      const emitted = await recorder.take();
      const spans = tracing.take();
      for (const { name, events } of spans) {
        const names = events.map((event) => event.name);
        const own = name.startsWith('mark:') && names.length === 1;
        expect(names).toEqual(
          own ? ['atof.mark'] : ['atof.start', ...names.slice(1, -1).map(() => 'atof.mark'), 'atof.end'],
        );
      }
      const { events, findings } = eventsFromSpans(receive(spans, 'http/protobuf'));
      expect(findings).toEqual([]);
      expect(events).toEqual(emitted);
    });
  });

  it('processors get every event once: scopes with their start, marks and end, and other marks alone', async () => {
    await property(async (program) => {
      const records: ScopeRecord[] = [];
      undo.push(addSink((record) => void records.push(record)));
      await perform(program);
      const emitted = await recorder.take();
      const taken = records.flatMap(({ events }) => JSON.parse(JSON.stringify(events)) as AtofEvent[]);
      expect(taken.toSorted((a, b) => micros(a) - micros(b))).toEqual(emitted);
      for (const { uuid, events, enclosing } of records) {
        const halves = events.map(({ kind, scope_category: half }) => half ?? kind);
        expect(halves).toEqual(
          halves.length === 1 ? ['mark'] : ['start', ...halves.slice(1, -1).map(() => 'mark'), 'end'],
        );
        expect(enclosing.map((start) => start.uuid)).toEqual(lineOf(uuid, emitted));
      }
    });
  });
});

/** The scopes around a scope, outermost first. */
function lineOf(uuid: string, events: readonly AtofEvent[]): string[] {
  const parent = events.find((event) => event.uuid === uuid)?.parent_uuid;
  const isScope = events.some((event) => event.uuid === parent);
  return parent === null || parent === undefined || !isScope ? [] : [...lineOf(parent, events), parent];
}
