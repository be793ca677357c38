// SPDX-License-Identifier: Apache-2.0
import { type SpanContext, TraceFlags, context, trace } from '@opentelemetry/api';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type ScopeHandle, flow } from '../../src/api/index.ts';
import { setup } from '../support/setups/index.ts';
import { recordEvents } from '../support/setups/record-events.ts';

const V7 = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
const TRACE_ID = '0af7651916cd43dd8448eb211c80319c';
const TRACE_UUID = '0af76519-16cd-43dd-8448-eb211c80319c';
const remote = (traceFlags: TraceFlags, traceId = TRACE_ID): SpanContext => ({
  traceId,
  spanId: 'b7ad6b7169203331',
  traceFlags,
  isRemote: true,
});

/** What a server instrumentation does around a request. */
function inTrace<Result>(spanContext: SpanContext, fn: () => Result): Result {
  return context.with(trace.setSpan(context.active(), trace.wrapSpanContext(spanContext)), fn);
}

function appSpan<Result>(name: string, fn: () => Result): Result {
  return trace.getTracer('app').startActiveSpan(name, (span) => {
    const result = fn();
    span.end();
    return result;
  });
}

const asUuid = (traceId: string): string => traceId.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
const rootOf = (scope: ScopeHandle): string => scope.rootUuid;
const traceOf = ({ uuid }: ScopeHandle): string | undefined =>
  setup
    .finishedSpans()
    .find(({ attributes }) => attributes['atof.uuid'] === uuid)
    ?.spanContext().traceId;
const processRoot = flow.scope.current().uuid;

beforeEach(setup.forgetSpans);

describe('the root of a top-level scope is', () => {
  test('that of the process where no span context is valid', () => {
    expect(processRoot).toMatch(V7);
    if (setup.hasSpans) return;
    for (const name of ['one', 'other']) expect(flow.scope.run(name, rootOf)).toBe(processRoot);
  });

  test('the trace of the span that it starts', () => {
    const scopes = ['one', 'other'].map((name) => flow.scope.run(name, (scope) => scope));
    const roots = scopes.map(rootOf);
    const traces = scopes.map((scope) => asUuid(traceOf(scope) ?? ''));
    expect(roots).toEqual(setup.hasSpans ? traces : [processRoot, processRoot]);
    expect(new Set(roots).size).toBe(setup.hasSpans ? 2 : 1);
  });

  test.each([
    ['sampled', TraceFlags.SAMPLED],
    ['unsampled', TraceFlags.NONE],
  ])('the trace around it: %s', async (_, flags) => {
    const events = recordEvents();
    const roots = inTrace(remote(flags), () => ['one', 'other'].map((name) => flow.scope.run(name, rootOf)));
    const expected = setup.hasSpans ? TRACE_UUID : processRoot;
    expect(roots).toEqual([expected, expected]);
    const all = await events.all();
    expect(all.map(({ name }) => name)).toEqual(['one', 'one', 'other', 'other']);
    for (const { parent_uuid: parent, metadata } of all) {
      expect({ parent, root: metadata?.['root_uuid'] }).toEqual({ parent: expected, root: expected });
      expect(metadata?.['trace_id']).toBe(setup.hasSpans ? TRACE_ID : undefined);
    }
    // An unsampled parent costs the spans and nothing else.
    expect(setup.finishedSpans()).toHaveLength(setup.hasSpans && flags === TraceFlags.SAMPLED ? 2 : 0);
  });

  test('not a span context around it that is invalid', () => {
    const root = inTrace(remote(TraceFlags.SAMPLED, '0'.repeat(32)), () => flow.scope.run('scope', rootOf));
    expect(root).not.toContain('00000000-0000');
    expect(root === processRoot).toBe(!setup.hasSpans);
  });

  test('that of the isolate it is in, also inside a trace: two isolates in one trace are two stacks', async () => {
    const events = recordEvents();
    const isolated = (name: string) => flow.scope.isolate(() => flow.scope.run(name, (scope) => scope));
    const [one, other] = appSpan('request', () => [isolated('one'), isolated('other')] as const);
    expect(one.rootUuid).toMatch(V7);
    expect(other.rootUuid).toMatch(V7);
    expect(new Set([one.rootUuid, other.rootUuid, processRoot]).size).toBe(3);
    expect(traceOf(one)).toBe(traceOf(other));
    const all = await events.all();
    expect(all.map(({ metadata }) => metadata?.['root_uuid'])).toEqual([
      one.rootUuid,
      one.rootUuid,
      other.rootUuid,
      other.rootUuid,
    ]);
  });

  test('inherited below, whatever happens there', () => {
    flow.scope.run('top', (top) => {
      appSpan('x', () => flow.scope.run('in a span', ({ rootUuid }) => expect(rootUuid).toBe(top.rootUuid)));
      inTrace(remote(TraceFlags.SAMPLED), () =>
        flow.scope.run('in another trace', ({ rootUuid }) => expect(rootUuid).toBe(top.rootUuid)),
      );
      const pushed = flow.scope.push('pushed');
      expect(pushed.rootUuid).toBe(top.rootUuid);
      flow.scope.pop(pushed);
    });
  });

  test('brought by an explicit parent', () => {
    const { root, parent } = flow.scope.isolate(() => ({
      root: flow.scope.current(),
      parent: flow.scope.start('parent'),
    }));
    inTrace(remote(TraceFlags.SAMPLED), () => {
      expect(flow.scope.run('under a scope', { parent }, rootOf)).toBe(root.uuid);
      expect(flow.scope.run('under a root', { parent: root }, rootOf)).toBe(root.uuid);
    });
    parent.end();
  });

  test('found for a mark with no scope around it in the same way', async () => {
    const events = recordEvents();
    inTrace(remote(TraceFlags.SAMPLED), () => flow.scope.mark('in a trace'));
    flow.scope.isolate(() => flow.scope.mark('isolated', { data: flow.scope.current().uuid }));
    const all = await events.all();
    const expected = setup.hasSpans ? TRACE_UUID : processRoot;
    expect(all.map(({ parent_uuid: parent }) => parent)).toEqual([expected, all[1]?.data]);
    expect(all.map(({ metadata }) => metadata?.['root_uuid'])).toEqual([expected, all[1]?.data]);
  });
});

describe('a model call with nothing around it', () => {
  const ask = (messages: readonly object[], answer: string): Promise<unknown> =>
    flow.llm.execute({ name: 'chat', request: { content: { model: 'm', messages } } }, () => ({
      object: 'chat.completion',
      model: 'm',
      choices: [{ index: 0, finish_reason: 'stop', message: { role: 'assistant', content: answer } }],
    }));
  const question = (text: string) => ({ role: 'user', content: text });
  const reply = (text: string) => ({ role: 'assistant', content: text });
  const starts = async (events: ReturnType<typeof recordEvents>) =>
    (await events.all()).filter((event) => event.kind === 'scope' && event.scope_category === 'start');

  test('has the root of the run whose history it continues', async () => {
    const events = recordEvents();
    await ask([question('one?')], 'one');
    await ask([question('unrelated?')], 'unrelated');
    await ask([question('one?'), reply('one'), question('two?')], 'two');
    const [first, unrelated, second] = await starts(events);
    expect(second?.metadata?.['root_uuid']).toBe(first?.metadata?.['root_uuid']);
    expect(second?.parent_uuid).toBe(first?.parent_uuid);
    expect(unrelated?.metadata?.['root_uuid']).not.toBe(first?.metadata?.['root_uuid']);
    expect([first, unrelated, second].map((each) => each?.metadata?.['flow.run'])).toEqual([
      'started',
      'started',
      'joined',
    ]);
    const traces = [first, second].map((each) => each?.metadata?.['trace_id']);
    expect(new Set(traces).size).toBe(setup.hasSpans ? 2 : 1);
    const root = String(first?.metadata?.['root_uuid']);
    expect(setup.hasSpans ? root === asUuid(String(traces[0])) : V7.test(root)).toBe(true);
    const links = setup.finishedSpans().flatMap((span) => span.links.map((link) => link.context.spanId));
    expect(links).toEqual(setup.hasSpans ? [first?.metadata?.['span_id']] : []);
  });

  test.each([
    ['a scope', <Result>(fn: () => Result) => flow.scope.run('around', fn)],
    ['an isolate', <Result>(fn: () => Result) => flow.scope.isolate(fn)],
  ])('joins nothing when there is %s around it', async (kind, around) => {
    const events = recordEvents();
    await ask([question(`${kind}?`)], 'yes');
    await around(() => ask([question(`${kind}?`), reply('yes'), question('more?')], 'more'));
    const calls = (await starts(events)).filter(({ name }) => name === 'chat');
    expect(calls[1]?.metadata?.['flow.run']).toBeUndefined();
    expect(calls[1]?.metadata?.['root_uuid']).not.toBe(calls[0]?.metadata?.['root_uuid']);
  });

  test('joins nothing when there is a trace around it, sampled or not', async () => {
    const events = recordEvents();
    await ask([question('trace?')], 'yes');
    for (const flags of [TraceFlags.SAMPLED, TraceFlags.NONE])
      await inTrace(remote(flags), () => ask([question('trace?'), reply('yes'), question('more?')], 'more'));
    const roots = (await starts(events)).map(({ metadata }) => metadata?.['root_uuid']);
    expect(roots.slice(1)).toEqual(setup.hasSpans ? [TRACE_UUID, TRACE_UUID] : [roots[0], roots[0]]);
  });
});

describe('registrations on a root', () => {
  const removals: (() => unknown)[] = [];
  afterEach(() => {
    for (const remove of removals.splice(0)) remove();
  });
  const call = (name: string): Promise<unknown> => flow.tool.execute({ name, args: {} }, () => 'done');
  const refuseOn = (root: ScopeHandle): void => {
    const { remove } = root.tool.addConditionalExecution('refuse', () => 'not here');
    removals.push(remove);
  };

  test('of the process cover the stacks of all traces: registered outside, called inside a server span', async () => {
    refuseOn(flow.scope.current());
    await expect(inTrace(remote(TraceFlags.SAMPLED), () => call('in a request'))).rejects.toThrow('not here');
    await expect(inTrace(remote(TraceFlags.NONE), () => call('unsampled'))).rejects.toThrow('not here');
    await expect(flow.scope.run('scope', () => call('in a scope'))).rejects.toThrow('not here');
  });

  test('of the process are the same wherever it is current: registered in one trace, called in another', async () => {
    inTrace(remote(TraceFlags.SAMPLED), () => refuseOn(flow.scope.current()));
    await expect(inTrace(remote(TraceFlags.SAMPLED, '1'.repeat(32)), () => call('elsewhere'))).rejects.toThrow(
      'not here',
    );
  });

  test('of the process do not reach into isolates', async () => {
    refuseOn(flow.scope.current());
    expect(await flow.scope.isolate(() => call('isolated'))).toBe('done');
  });

  test('of an isolate live with that stack alone', async () => {
    await flow.scope.isolate(async () => {
      refuseOn(flow.scope.current());
      await expect(flow.scope.run('deep', () => call('isolated'))).rejects.toThrow('not here');
      expect(await flow.scope.isolate(() => call('another'))).toBe('done');
    });
    expect(await call('outside')).toBe('done');
  });
});
