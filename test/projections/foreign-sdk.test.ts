// SPDX-License-Identifier: Apache-2.0
import { type Span, type SpanOptions, type Tracer, trace } from '@opentelemetry/api';
import { type SpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { flow } from '../../src/api/index.ts';
import { getRuntime } from '../../src/api/runtime.ts';
import { eventsFromSpans, type ReadSpan } from '../../src/projections/atof-reader.ts';
import { outline, type Recorder, startRecorder } from '../runtime/recorder.ts';
import { startTracing, type Tracing } from './tracing.ts';

let recorder: Recorder;
let tracing: Tracing | undefined;
beforeEach(() => {
  recorder = startRecorder();
});
afterEach(() => {
  recorder.stop();
  trace.disable();
  tracing?.stop();
  tracing = undefined;
});

const fail = (): never => {
  throw new Error('not our SDK');
};

/** Uses everything that touches spans, and checks that the application notices nothing. */
async function useEverything(): Promise<void> {
  const error = new Error('the tool');
  await flow.scope.run('s', { type: 'agent', input: 1 }, async (scope) => {
    scope.mark('m', { data: 1 });
    expect(await flow.tool.execute({ name: 't', args: 1 }, () => 'result')).toBe('result');
    await expect(flow.tool.execute({ name: 'failing', args: 1 }, () => Promise.reject(error))).rejects.toBe(error);
    const chunks: unknown[] = [];
    for await (const chunk of await flow.llm.stream({ name: 'l', request: { content: {} } }, async function* two() {
      yield 1;
      yield 2;
    }))
      chunks.push(chunk);
    expect(chunks).toEqual([1, 2]);
  });
  flow.scope.mark('of the root');
}

const ALL = [
  'start s',
  'mark m',
  'start t',
  'end t',
  'start failing',
  'end failing',
  'start l',
  'end l',
  'end s',
  'mark of the root',
];

describe('with an SDK that is not ours, the application and its events are the same when', () => {
  const methods = [
    'addEvent',
    'setAttributes',
    'setAttribute',
    'setStatus',
    'end',
    'isRecording',
    'spanContext',
  ] as const;

  it.each(methods)('%s of its spans throws', async (method) => {
    register(
      (provider) => (name, options, context) =>
        Object.defineProperty(provider.startSpan(name, options, context), method, { value: fail }),
    );
    await useEverything();
    expect(outline(await recorder.take())).toEqual(ALL);
    expect(recorder.diagnostics).toContainEqual(
      expect.objectContaining({ source: 'span', error: expect.objectContaining({ message: 'not our SDK' }) }),
    );
  });

  it.each<[string, () => unknown]>([
    ['throws', fail],
    ['gives nothing', () => undefined],
    ['gives null', () => null],
    ['gives something else', () => ({})],
  ])('startSpan of its tracer %s', async (_, startSpan) => {
    register(() => startSpan as Tracer['startSpan']);
    await useEverything();
    expect(outline(await recorder.take())).toEqual(ALL);
  });

  it.each(['onStart', 'onEnd'] as const)('%s of a processor throws', async (method) => {
    const processor: SpanProcessor = {
      onStart: () => undefined,
      onEnd: () => undefined,
      forceFlush: async () => undefined,
      shutdown: async () => undefined,
      [method]: fail,
    };
    tracing = startTracing({ spanProcessors: [processor] });
    await useEverything();
    expect(outline(await recorder.take())).toEqual(ALL);
  });

  it('its sampler throws', async () => {
    tracing = startTracing({ sampler: { shouldSample: fail, toString: () => 'broken' } });
    await useEverything();
    expect(outline(await recorder.take())).toEqual(ALL);
  });

  it('getTracer of its provider throws', async () => {
    trace.setGlobalTracerProvider({ getTracer: fail });
    await useEverything();
    expect(outline(await recorder.take())).toEqual(ALL);
  });
});

it('an SDK that keeps the first events and not the last: the reader names what is gone', async () => {
  const kept: {
    name: string;
    attributes: Record<string, unknown>;
    events: { name: string; attributes: Record<string, unknown> }[];
    droppedEventsCount: number;
  }[] = [];
  const { settings } = getRuntime().internals;
  Object.assign(settings, { spanContent: true, dialects: new Set(['atof']) });
  trace.setGlobalTracerProvider({
    getTracer: () =>
      ({ startSpan: (name: string, options: SpanOptions = {}) => keepFirst(name, options, kept) }) as unknown as Tracer,
  });
  flow.scope.run('busy', { data: 'x'.repeat(100) }, (scope) => {
    for (let i = 0; i < 20; i++) scope.mark(`m${i}`, { data: 'y'.repeat(100) });
  });
  Object.assign(settings, { spanContent: false, dialects: new Set(['gen_ai']) });
  const emitted = await recorder.take();
  const { events, findings } = eventsFromSpans(kept as ReadSpan[]);
  expect(outline(events)).toEqual(outline(emitted).slice(0, 8));
  const [start] = emitted;
  expect(findings).toEqual([
    { problem: 'events_dropped', where: start?.uuid },
    ...events.slice(1).map(({ uuid }) => ({ problem: 'payload_cut', where: uuid })),
    { problem: 'end_missing', where: start?.uuid },
  ]);
});

/** Registers a provider of the real SDK whose tracers start spans in another way. */
function register(startSpanWith: (tracer: Tracer) => Tracer['startSpan']): void {
  const provider = new TracerProvider();
  trace.setGlobalTracerProvider({
    getTracer(name, version) {
      const tracer = provider.getTracer(name, version);
      return { startSpan: startSpanWith(tracer), startActiveSpan: tracer.startActiveSpan.bind(tracer) };
    },
  });
}

/** Holds 8 events of at most 64 characters each, and drops what comes after them. */
function keepFirst(name: string, { attributes }: SpanOptions, kept: { push(span: unknown): unknown }): Span {
  const span = { name, attributes: { ...attributes }, events: [] as unknown[], droppedEventsCount: 0 };
  kept.push(span);
  const methods = {
    isRecording: () => true,
    spanContext: () => ({ traceId: '1'.repeat(32), spanId: '1'.repeat(16), traceFlags: 1 }),
    setAttribute: () => methods,
    setAttributes: () => methods,
    setStatus: () => methods,
    end: () => undefined,
    addEvent(event: string, own: Record<string, unknown>) {
      if (span.events.length === 8) span.droppedEventsCount++;
      else
        span.events.push({
          name: event,
          attributes: {
            ...own,
            ...(typeof own['atof.data'] === 'string' && { 'atof.data': own['atof.data'].slice(0, 64) }),
          },
        });
      return methods;
    },
  };
  return methods as unknown as Span;
}
