// SPDX-License-Identifier: Apache-2.0
import { isDeepStrictEqual } from 'node:util';
import type { ReadableSpan } from '@opentelemetry/sdk-trace';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { flow } from '../../src/api/index.ts';
import { toMicros } from '../../src/atof/clock.ts';
import type { AtofEvent } from '../../src/atof/event.ts';
import { toTrajectory } from '../../src/atif/to-trajectory.ts';
import { eventsFromSpans, type Finding } from '../../src/projections/atof-reader.ts';
import { MAX_MARKS_ON_SPAN } from '../../src/projections/atof.ts';
import { perform, programs } from '../runtime/program.ts';
import { outline, type Recorder, repeated, startRecorder } from '../runtime/recorder.ts';
import { receive, startTracing, type Tracing, type TracingOptions } from './tracing.ts';

let recorder: Recorder;
let tracing: Tracing | undefined;
beforeEach(() => {
  recorder = startRecorder();
});
afterEach(() => {
  recorder.stop();
  tracing?.stop();
});

function trace(options?: TracingOptions): void {
  tracing?.stop();
  tracing = startTracing(options);
}

/** What the process emitted, and what its trace tells of it. */
interface Compared {
  readonly emitted: readonly AtofEvent[];
  readonly events: readonly AtofEvent[];
  readonly findings: readonly Finding[];
  readonly spans: readonly ReadableSpan[];
}

async function compare(protocol: 'http/protobuf' | 'http/json' = 'http/protobuf'): Promise<Compared> {
  // In order of time: an event is emitted when it happens, but one that begins earlier than what is beneath it may be sent later.
  const emitted = (await recorder.take()).toSorted((a, b) => toMicros(a.timestamp) - toMicros(b.timestamp));
  const spans = tracing?.take() ?? [];
  return { emitted, spans, ...eventsFromSpans(receive(spans, protocol)) };
}

describe('a trace with the atof dialect and content', () => {
  it.each(['http/protobuf', 'http/json'] as const)(
    'rebuilds, sent as %s, exactly the events that made it',
    async (protocol) => {
      trace();
      await fc.assert(
        fc.asyncProperty(programs, async (program) => {
          await perform(program);
          const { emitted, events, findings } = await compare(protocol);
          expect(findings).toEqual([]);
          expect(events).toEqual(emitted);
          expect(toTrajectory(events)).toEqual(toTrajectory(emitted));
        }),
        { numRuns: 60 },
      );
    },
  );

  it.each(['http/protobuf', 'http/json'] as const)('has no half characters in it, sent as %s', async (protocol) => {
    trace();
    const half = 'half \ud800';
    const content = { model: half, messages: [{ role: 'user', content: half }], stop: [half], conversation: half };
    const answer = {
      id: half,
      model: half,
      choices: [{ finish_reason: half, message: { role: 'assistant', content: half } }],
    };
    await flow.scope.run(half, { type: 'agent', metadata: { session_id: half } }, async (scope) => {
      scope.mark(half, { data: half });
      await flow.llm.execute({ name: half, request: { content } }, () => answer);
      await flow.tool
        .execute({ name: half, id: half, args: half }, () =>
          Promise.reject(Object.assign(new Error(half), { code: half })),
        )
        .catch(() => undefined);
    });
    flow.scope.mark(half);
    const { emitted, spans } = await compare();
    const received = receive(spans, protocol);
    expect(eventsFromSpans(received).events).toEqual(emitted);
    const texts: string[] = [];
    JSON.stringify(received, (_, value: unknown) => {
      if (typeof value === 'string') texts.push(value);
      return value;
    });
    expect(texts.filter((text) => !text.isWellFormed())).toEqual([]);
  });

  it('rebuilds payloads of every size, from nothing to 1 MB', async () => {
    trace();
    for (const data of [undefined, null, '', 0, [], 'x'.repeat(2 ** 20)])
      flow.scope.run('s', { data }, () => undefined);
    const { emitted, events, findings } = await compare();
    expect(findings).toEqual([]);
    expect(events).toEqual(emitted);
  });

  it('rebuilds marks without end: those that one span cannot hold are spans of their own', async () => {
    trace();
    flow.scope.run('busy', (scope) => {
      for (let i = 0; i < MAX_MARKS_ON_SPAN + 50; i++) scope.mark(`m${i}`, { data: i });
    });
    const { emitted, events, findings, spans } = await compare();
    expect(findings).toEqual([]);
    expect(events).toEqual(emitted);
    expect(spans.filter(({ name }) => name.startsWith('mark:'))).toHaveLength(50);
    expect(spans.at(-1)).toMatchObject({ name: 'busy', droppedEventsCount: 0 });
  });

  it('rebuilds marks of the root and of scopes that have ended, with their payloads', async () => {
    trace();
    const scope = flow.scope.start('s');
    scope.end();
    scope.mark('late', { data: { late: 1 } });
    flow.scope.mark('of the root', { data: { root: 1 } });
    const { emitted, events, findings } = await compare();
    expect(findings).toEqual([]);
    expect(outline(events)).toEqual(['start s', 'end s', 'mark late', 'mark of the root']);
    expect(events).toEqual(emitted);
  });

  it('needs nobody who listens in the process', async () => {
    trace();
    recorder.stop();
    const scope = flow.scope.start('s', { input: { a: 1 } });
    await flow.tool.execute({ name: 't', args: 1, parent: scope }, () => 2);
    scope.end({ output: { b: 1 } });
    scope.mark('late', { data: 3 });
    const { events, findings } = await compare();
    expect(findings).toEqual([]);
    expect(events.map(({ data }) => data)).toEqual([{ a: 1 }, 1, 2, { b: 1 }, 3]);
  });

  it('holds what sanitizers left, and nothing of what they took', async () => {
    trace();
    const registrations = [
      flow.tool.addSanitizeRequest('own', () => 'clean'),
      flow.tool.addSanitizeResponse('own', async () => 'clean'),
      flow.event.addSanitizeScopeStart('own', async (event) => ({ ...event, metadata: { clean: true } })),
      flow.event.addSanitizeScopeEnd('own', (event) => ({ ...event, metadata: { clean: true } })),
    ];
    await flow.tool.execute({ name: 't', args: 'canary', metadata: { own: 'canary' } }, () => 'canary');
    const { emitted, events, findings, spans } = await compare();
    for (const { remove } of registrations) remove();
    expect(findings).toEqual([]);
    expect(events).toEqual(emitted);
    expect(JSON.stringify(spans.map(({ attributes, events: onSpan }) => [attributes, onSpan]))).not.toContain('canary');
  });
});

// What is said about a payload is not there without it.
function withoutPayload(event: AtofEvent): AtofEvent {
  const { annotated_request: _, annotated_response: __, ...profile } = event.category_profile ?? {};
  return { ...event, data: null, category_profile: event.category_profile && profile };
}

describe('a trace without content', () => {
  it.each<[string, TracingOptions]>([
    ['with the atof dialect', { content: false }],
    ['without it', { content: false, dialects: ['gen_ai'] }],
    ['with content, but without it', { dialects: ['gen_ai'] }],
  ])('%s rebuilds all events but for their payloads, and says that these are absent', async (_, options) => {
    trace(options);
    await fc.assert(
      fc.asyncProperty(programs, async (program) => {
        await perform(program);
        const { emitted, events, findings } = await compare();
        expect(events).toEqual(emitted.map(withoutPayload));
        expect(findings.map(({ problem }) => problem)).toEqual(events.map(() => 'payload_absent'));
        expect(findings.map(({ where }) => where).toSorted()).toEqual(events.map(({ uuid }) => uuid).toSorted());
      }),
      { numRuns: 20 },
    );
  });

  it('holds no payload anywhere', async () => {
    trace({ content: false });
    const content = { model: 'gpt', messages: [{ role: 'user', content: 'canary' }] };
    flow.scope.run('s', { input: 'canary', data: 'canary', type: 'agent' }, (scope) =>
      scope.mark('m', { data: 'canary' }),
    );
    await flow.llm.execute({ name: 'm', request: { content } }, () => ({
      choices: [{ message: { role: 'assistant', content: 'canary' } }],
    }));
    await flow.tool.execute({ name: 't', args: 'canary' }, (_, call) => {
      call.mark('m', { data: 'canary' });
      return 'canary';
    });
    const { spans } = await compare();
    expect(
      JSON.stringify(spans.map(({ name, attributes, events, status }) => [name, attributes, events, status])),
    ).not.toContain('canary');
  });
});

describe('where limits took something away', () => {
  const losses = ({ emitted, events }: Compared): readonly AtofEvent[] => {
    const key = (event: AtofEvent): string => `${event.uuid} ${event.kind === 'mark' ? 'mark' : event.scope_category}`;
    const rebuilt = new Map(events.map((event) => [key(event), event]));
    return emitted.filter((event) => !isDeepStrictEqual(rebuilt.get(key(event)), event));
  };
  /** True when a finding names the event, by as much of its uuid as was left, or the span that it was dropped from. */
  const isNamed = ({ uuid, parent_uuid: parent, name }: AtofEvent, findings: readonly Finding[]): boolean =>
    findings.some(({ where }) => uuid.startsWith(where) || where === parent || where === `mark:${name.toWellFormed()}`);

  it.each<[string, TracingOptions]>([
    ['values of 64 characters', { spanLimits: { attributeValueLengthLimit: 64 } }],
    ['values of 10 characters', { spanLimits: { attributeValueLengthLimit: 10 } }],
    ['values of 1000 characters', { spanLimits: { attributeValueLengthLimit: 1000 } }],
    ['8 events', { spanLimits: { eventCountLimit: 8 } }],
    ['no events', { spanLimits: { eventCountLimit: 0 } }],
    ['2 attributes per event', { spanLimits: { attributePerEventCountLimit: 2 } }],
    ['3 attributes per event', { spanLimits: { attributePerEventCountLimit: 3 } }],
    ['4 attributes per event', { spanLimits: { attributePerEventCountLimit: 4 } }],
    ['1 attribute per span', { spanLimits: { attributeCountLimit: 1 } }],
    ['8 events with values of 64 characters', { spanLimits: { attributeValueLengthLimit: 64, eventCountLimit: 8 } }],
  ])('%s: nothing throws, and every loss is named', async (_, options) => {
    trace(options);
    await fc.assert(
      fc.asyncProperty(programs, async (program) => {
        await perform(program);
        for (let i = 0; i < 20; i++)
          flow.scope.run('busy', (scope) => {
            for (let j = 0; j < i; j++) scope.mark('m', { data: 10 ** i });
          });
        const compared = await compare();
        const lost = losses(compared);
        expect(lost.filter((event) => !isNamed(event, compared.findings))).toEqual([]);
        const dropped = compared.spans.reduce((sum, { droppedEventsCount }) => sum + droppedEventsCount, 0);
        expect(compared.findings.length + dropped).toBeGreaterThanOrEqual(lost.length);
        expect(() => toTrajectory(compared.events)).not.toThrow();
      }),
      { numRuns: 10 },
    );
  });

  it('an event limit of 8 costs the oldest events: the reader names the span and the start', async () => {
    trace({ spanLimits: { eventCountLimit: 8 } });
    const scope = flow.scope.start('busy');
    for (let i = 0; i < 10; i++) scope.mark(`m${i}`);
    scope.end();
    const { events, findings } = await compare();
    expect(outline(events)).toEqual([3, 4, 5, 6, 7, 8, 9].map((i) => `mark m${i}`).concat('end busy'));
    expect(findings).toEqual([
      { problem: 'events_dropped', where: scope.uuid },
      { problem: 'start_missing', where: scope.uuid },
    ]);
  });

  it('a value limit of 64 cuts the events themselves: the reader names each', async () => {
    trace({ spanLimits: { attributeValueLengthLimit: 64 } });
    flow.scope.run('s', (scope) => scope.mark('m'));
    const { emitted, events, findings } = await compare();
    expect(events).toEqual([]);
    expect(findings).toEqual(emitted.map(({ uuid }) => ({ problem: 'event_unreadable', where: uuid })));
  });

  it('a payload that was cut is named, also when what is left is JSON', async () => {
    trace({ spanLimits: { attributeValueLengthLimit: 1000 } });
    const digits = Number('9'.repeat(15));
    flow.scope.mark('list', { data: repeated(500, digits) });
    flow.scope.mark('fits', { data: digits });
    const { emitted, events, findings, spans } = await compare();
    expect(events.map(({ data }) => data)).toEqual([null, digits]);
    expect(findings).toEqual([{ problem: 'payload_cut', where: emitted[0]?.uuid }]);
    const [cut] = eventsFromSpans(spans.slice(1).map((span) => withCutData(span))).findings;
    expect(cut).toEqual({ problem: 'payload_cut', where: emitted[1]?.uuid });
  });
});

it('a trace that ended with a crash names the scopes that never ended', async () => {
  trace();
  await flow.scope.run('crashed', async () => flow.tool.execute({ name: 't', args: 1 }, () => 2));
  const { emitted, spans } = await compare();
  const { events, findings } = eventsFromSpans(
    spans.map((span) => ({
      ...span,
      name: span.name,
      attributes: span.attributes,
      events: span.events.filter(({ name }) => name !== 'atof.end' || span.name !== 'crashed').map(readEvent),
    })),
  );
  expect(outline(events)).toEqual(['start crashed', 'start t', 'end t']);
  expect(findings).toEqual([{ problem: 'end_missing', where: emitted[0]?.uuid }]);
});

const readEvent = ({
  name,
  attributes,
}: ReadableSpan['events'][number]): { name: string; attributes: Record<string, unknown> } => ({
  name,
  attributes: { ...attributes },
});

function withCutData(span: ReadableSpan): Parameters<typeof eventsFromSpans>[0][number] {
  const events = span.events.map(readEvent).map(({ name, attributes }) => ({
    name,
    attributes: { ...attributes, 'atof.data': String(attributes['atof.data']).slice(0, 3) },
  }));
  return { name: span.name, attributes: span.attributes, events };
}
