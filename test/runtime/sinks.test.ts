// SPDX-License-Identifier: Apache-2.0
import { trace } from '@opentelemetry/api';
import {
  AlwaysOffSampler,
  AlwaysOnSampler,
  type ReadableSpan,
  type SpanProcessor,
  TracerProvider,
} from '@opentelemetry/sdk-trace';
import { afterEach, describe, expect, it } from 'vitest';

import { ATOF } from '../../semconv/index.ts';
import { flow } from '../../src/api/index.ts';
import { getRuntime } from '../../src/api/runtime.ts';
import type { Diagnostic } from '../../src/runtime/diagnostics.ts';
import type { RecordSink, ScopeRecord } from '../../src/runtime/sinks.ts';

const { addSink, takeRecord } = getRuntime().internals;

let undo: (() => unknown)[] = [];
afterEach(() => {
  for (const each of undo) each();
  undo = [];
  trace.disable();
});

/** A span processor that takes records, and where each came from. */
function takingProcessor(): { readonly processor: SpanProcessor; readonly taken: string[] } {
  const taken: string[] = [];
  let from = 'runtime';
  const sink: RecordSink = ({ name }) => void taken.push(`${name} from its ${from}`);
  undo.push(addSink(sink));
  const processor: SpanProcessor = {
    onStart: () => undefined,
    onEnd({ attributes }: ReadableSpan) {
      from = 'span';
      takeRecord(String(attributes[ATOF.UUID]), sink);
      from = 'runtime';
    },
    forceFlush: async () => undefined,
    shutdown: async () => undefined,
  };
  return { processor, taken };
}

const use = (): Promise<unknown> => flow.scope.run('s', () => flow.tool.execute({ name: 't', args: 1 }, () => 1));

describe('a processor gets the record of each scope exactly once:', () => {
  it.each([
    ['sampled: from its span', new AlwaysOnSampler(), ['t from its span', 's from its span']],
    ['not sampled: from the runtime', new AlwaysOffSampler(), ['t from its runtime', 's from its runtime']],
  ])('%s', async (_, sampler, expected) => {
    const { processor, taken } = takingProcessor();
    trace.setGlobalTracerProvider(new TracerProvider({ sampler, spanProcessors: [processor] }));
    await use();
    expect(taken).toEqual(expected);
  });

  it('added twice to a provider, and to another one: still once', async () => {
    const { processor, taken } = takingProcessor();
    trace.setGlobalTracerProvider(new TracerProvider({ spanProcessors: [processor, processor] }));
    await use();
    expect(taken).toEqual(['t from its span', 's from its span']);
  });

  it.each([
    ['under a provider that does not have it', () => new TracerProvider()],
    ['under a provider that loses the uuid', () => new TracerProvider({ spanLimits: { attributeCountLimit: 0 } })],
    ['without a provider', undefined],
  ])('%s: from the runtime', async (_, makeProvider) => {
    const { taken } = takingProcessor();
    if (makeProvider !== undefined) trace.setGlobalTracerProvider(makeProvider());
    await use();
    expect(taken).toEqual(['t from its runtime', 's from its runtime']);
  });

  it('although another one throws, which is reported', async () => {
    const diagnostics: Diagnostic[] = [];
    undo.push(flow.onDiagnostic((diagnostic) => void diagnostics.push(diagnostic)));
    undo.push(
      addSink(() => {
        throw new Error('full');
      }),
    );
    const { taken } = takingProcessor();
    await use();
    expect(taken).toHaveLength(2);
    expect(diagnostics).toMatchObject([
      { source: 'processor', name: 't', error: { message: 'full' } },
      { source: 'processor', name: 's' },
    ]);
  });

  it('not from spans of others, whatever uuid they carry', async () => {
    const { processor, taken } = takingProcessor();
    const provider = new TracerProvider({ spanProcessors: [processor] });
    trace.setGlobalTracerProvider(provider);
    const scope = flow.scope.start('s');
    provider
      .getTracer('other')
      .startSpan('forged', { attributes: { [ATOF.UUID]: scope.uuid } })
      .end();
    expect(taken).toEqual([]);
    scope.end();
    expect(taken).toEqual(['s from its span']);
  });
});

describe('a record', () => {
  it('has the starts of the scopes around it, outermost first, also when they have ended before it', async () => {
    const records: ScopeRecord[] = [];
    undo.push(addSink((record) => void records.push(record)));
    const outer = flow.scope.start('outer', { type: 'agent' });
    const middle = flow.scope.start('middle', { parent: outer });
    const inner = flow.scope.start('inner', { parent: middle });
    for (const scope of [outer, middle, inner]) scope.end();
    const [last] = records.slice(-1);
    expect(last?.enclosing.map(({ name, scope_category: half }) => `${half} ${name}`)).toEqual([
      'start outer',
      'start middle',
    ]);
    expect(last?.rootUuid).toBe(outer.rootUuid);
  });

  it('does not have the start of a scope that was open before anybody took records', () => {
    const records: ScopeRecord[] = [];
    const outer = flow.scope.start('outer');
    undo.push(addSink((record) => void records.push(record)));
    const inner = flow.scope.start('inner', { parent: outer });
    flow.scope.start('innermost', { parent: inner }).end();
    inner.end();
    outer.end();
    expect(records.map(({ name, enclosing }) => [name, ...enclosing.map((start) => start.name)])).toEqual([
      ['innermost', 'inner'],
      ['inner'],
      ['outer'],
    ]);
  });

  it('has payloads whatever spans may hold', async () => {
    const records: ScopeRecord[] = [];
    undo.push(addSink((record) => void records.push(record)));
    flow.scope.run('s', { input: { a: 1 }, data: 2 }, () => undefined);
    expect(records[0]?.events.map(({ data }) => data)).toEqual([{ a: 1 }, 2]);
  });
});
