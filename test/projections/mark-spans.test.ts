// SPDX-License-Identifier: Apache-2.0
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { flow } from '../../src/api/index.ts';
import { getRuntime } from '../../src/api/runtime.ts';
import { eventsFromSpans } from '../../src/projections/atof-reader.ts';
import { readSettings } from '../../src/sdk/environment.ts';
import { recordEvents } from '../support/setups/record-events.ts';
import { type Tracing, receive, startTracing } from './tracing.ts';

const { settings } = getRuntime().internals;
let tracing: Tracing;
beforeEach(() => {
  tracing = startTracing();
});
afterEach(() => tracing.stop());

const work = (): Promise<unknown> =>
  flow.scope.run('agent', { type: 'agent' }, async (agent) => {
    agent.mark('first', { data: { a: 1 } });
    await flow.tool.execute({ name: 't', args: 1 }, (_, call) => call.mark('within'));
    agent.mark('last', { category: 'custom', profile: { subtype: 's' }, metadata: { b: 2 } });
  });

describe('with FLOW_MARKS=span', () => {
  beforeEach(() => {
    settings.markSpans = true;
  });

  test('each mark is a span of no length beneath the span of its scope', async () => {
    await work();
    const spans = tracing.take();
    const named = (name: string) => spans.find((span) => span.name === name);
    const parents = {
      'mark:first': 'invoke_agent agent',
      'mark:within': 'execute_tool t',
      'mark:last': 'invoke_agent agent',
    };
    for (const [mark, scope] of Object.entries(parents)) {
      expect(named(mark)?.parentSpanContext?.spanId).toBe(named(scope)?.spanContext().spanId);
      expect(named(mark)?.startTime).toEqual(named(mark)?.endTime);
    }
    expect(spans).toHaveLength(5);
    expect(named('invoke_agent agent')?.events.map(({ name }) => name)).toEqual(['atof.start', 'atof.end']);
  });

  test.each(['http/protobuf', 'http/json'] as const)(
    'the trace rebuilds the events exactly, sent as %s',
    async (protocol) => {
      const events = recordEvents();
      await work();
      const emitted = await events.all();
      const { events: rebuilt, findings } = eventsFromSpans(receive(tracing.take(), protocol));
      expect(findings).toEqual([]);
      expect(rebuilt).toEqual(emitted);
    },
  );

  test('however many there are, the reader finds each', async () => {
    flow.scope.run('many', (scope) => {
      for (let i = 0; i < 300; i++) scope.mark(`m${i}`);
    });
    const { events } = eventsFromSpans(receive(tracing.take(), 'http/json'));
    expect(events.filter(({ kind }) => kind === 'mark').map(({ name }) => name)).toEqual(
      Array.from({ length: 300 }, (_, i) => `m${i}`),
    );
  });
});

test('by default a mark is an event of the span of its scope', async () => {
  await work();
  const spans = tracing.take();
  expect(spans.map(({ name }) => name)).toEqual(['execute_tool t', 'invoke_agent agent']);
  expect(spans[1]?.events.map(({ name }) => name)).toEqual(['atof.start', 'atof.mark', 'atof.mark', 'atof.end']);
});

test.each([
  [undefined, false],
  ['event', false],
  ['SPAN', true],
])('FLOW_MARKS=%s', (value, expected) => {
  const { markSpans, warnings } = readSettings({ FLOW_MARKS: value });
  expect([markSpans, warnings]).toEqual([expected, []]);
});
