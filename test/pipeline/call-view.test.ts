// SPDX-License-Identifier: Apache-2.0
import { getEventListeners } from 'node:events';
import { context, trace } from '@opentelemetry/api';
import { beforeEach, describe, expect, test } from 'vitest';
import { type CallView, flow } from '../../src/api/index.ts';
import { recordEvents } from '../support/setups/record-events.ts';
import { setup } from '../support/setups/index.ts';
import { FAMILIES, forThisTest } from './families.ts';

beforeEach(() => setup.forgetSpans());

describe.each(FAMILIES)('$family', (family) => {
  const { kind } = family;
  const policy = family.registrar(flow);
  const guard = (name: string, callback: (call: CallView) => unknown): void =>
    void forThisTest(policy.addConditionalExecution(name, callback as never));

  /** Every place where a callback gets the call. */
  async function callsSeen(options: Parameters<typeof family.call>[2]): Promise<Map<string, CallView>> {
    const seen = new Map<string, CallView>();
    const note = (place: string) => (call: CallView) => void seen.set(place, call);
    guard('g', note('guardrail'));
    forThisTest(policy.addRequestIntercept('r', note('request')));
    forThisTest(policy.addSanitizeRequest('q', (it: unknown, call) => (note('sanitize request')(call), it)));
    forThisTest(policy.addSanitizeResponse('p', (it: unknown, call) => (note('sanitize response')(call), it)));
    forThisTest(family.addExecution('e', (call, next) => (note('execution')(call), next())));
    recordEvents();
    await family.call('in', (_, call) => note('function')(call), options);
    return seen;
  }

  test('every middleware and the function see the same call', async () => {
    const outer = new AbortController();
    const seen = await flow.scope.run('around', (scope) =>
      callsSeen({
        name: 'search',
        metadata: { tenant: 'a' },
        attributes: ['x.y', 'remote', 'remote'],
        parent: scope,
        signal: outer.signal,
      }),
    );
    const flags = family.family === 'stream' ? ['remote', 'streaming', 'x.y'] : ['remote', 'x.y'];
    expect([...seen.keys()]).toEqual([
      'guardrail',
      'request',
      'sanitize request',
      'execution',
      'function',
      'sanitize response',
    ]);
    for (const call of seen.values()) {
      expect(call).toMatchObject({ kind, name: 'search', metadata: { tenant: 'a' }, attributes: flags });
      expect(call.streaming).toBe(family.family === 'stream');
      expect(call.scope.name).toBe('around');
      expect(family.valueOf(call)).toBe('in');
      expect(call.signal).toBe(seen.get('function')?.signal);
      expect(call.uuid).toBe(seen.get('function')?.uuid);
    }
  });

  test('says the provider of a model where one is known, and the id of a tool call', async () => {
    const seen: unknown[] = [];
    guard('g', (call) => void seen.push(call.id, call.provider));
    if (kind === 'tool') await flow.tool.execute({ name: 'call', args: {}, id: 'call_1' }, () => 1);
    else await flow.llm.execute({ name: 'call', provider: 'own', request: { content: {} } }, () => 1);
    expect(seen).toEqual(kind === 'tool' ? ['call_1', undefined] : [undefined, 'own']);
  });

  test('what belongs to the other kind of call is undefined', async () => {
    guard('g', (call) => {
      expect(kind === 'tool' ? [call.request, call.annotated, call.model] : [call.args]).toEqual(
        kind === 'tool' ? [undefined, undefined, undefined] : [undefined],
      );
    });
    await family.call('in');
  });

  test('the call is read-only', async () => {
    guard('g', (call) => {
      for (const key of ['name', 'args', 'request', 'metadata', 'signal', 'scope', 'streaming'] as const)
        expect(() => Object.assign(call, { [key]: 'changed' })).toThrow(TypeError);
    });
    expect(await family.call('in')).toBe('in!');
  });

  test('marks made before the start event follow it, in their order', async () => {
    const recorded = recordEvents();
    guard('g', (call) => call.mark('first', { data: 1, metadata: { m: true } }));
    forThisTest(policy.addRequestIntercept('r', (call) => call.mark('second')));
    forThisTest(family.addExecution('e', (call, next) => (call.mark('third'), next())));
    await family.call('in', (_, call) => (call.mark('fourth'), 1));
    // On a busy machine a guardrail may be slow enough for a scope of its own.
    const events = (await recorded.all()).filter(({ category }) => category !== 'guardrail');
    const [start] = events;
    expect(events.map((event) => event.name)).toEqual(['call', 'first', 'second', 'third', 'fourth', 'call']);
    for (const mark of events.slice(1, -1)) expect(mark.parent_uuid).toBe(start!.uuid);
    expect(events[1]).toMatchObject({ kind: 'mark', data: 1, metadata: { m: true } });
    const times = events.map(({ timestamp }) => String(timestamp));
    expect(times).toEqual(times.toSorted());
  });

  test('marks of a call that is refused are dropped', async () => {
    const recorded = recordEvents();
    guard('1', (call) => call.mark('dropped'));
    guard('2', () => 'no');
    await family.call('in').catch(() => undefined);
    expect(await recorded.named('dropped')).toEqual([]);
    forThisTest(
      policy.addConditionalExecution(
        '2',
        () => {
          throw new Error('bug');
        },
        { replace: true },
      ),
    );
    await family.call('in').catch(() => undefined);
    forThisTest(policy.addConditionalExecution('2', () => undefined, { replace: true }));
    forThisTest(policy.addRequestIntercept('r', () => Promise.reject(new Error('bug'))));
    await family.call('in').catch(() => undefined);
    expect(await recorded.named('dropped')).toEqual([]);
  });

  test('a mark that is no mark fails where it is made', async () => {
    await expect(family.call('in', (_, call) => call.mark(''))).rejects.toMatchObject({
      code: 'FLOW_INVALID_ARGUMENT',
    });
  });

  test('inside the function the call is the current scope, and nested scopes and calls are its children', async () => {
    const recorded = recordEvents();
    await flow.scope.run('around', () =>
      family.call('in', async (_, call) => {
        expect(flow.scope.current()).toMatchObject({ uuid: call.uuid, name: 'call', type: kind });
        expect(call.scope.name).toBe('around');
        flow.scope.run('inside', () => 1);
        await flow.tool.execute({ name: 'tool inside', args: 1 }, () => 1);
        flow.scope.mark('mark inside');
      }),
    );
    const events = await recorded.all();
    const uuid = (name: string): string => events.find((event) => event.name === name)!.uuid;
    for (const name of ['inside', 'tool inside', 'mark inside'])
      for (const event of events.filter((event) => event.name === name)) expect(event.parent_uuid).toBe(uuid('call'));
    expect(events.find(({ name }) => name === 'call')?.parent_uuid).toBe(uuid('around'));
  });

  test('scopes that the function pushes and pops are within the call', async () => {
    const recorded = recordEvents();
    await family.call('in', () => {
      const pushed = flow.scope.push('pushed');
      flow.scope.run('deeper', () => 1);
      flow.scope.pop(pushed);
      expect(flow.scope.current().name).toBe('call');
    });
    const [call, pushed, deeper] = (await recorded.all()).filter(
      (event) => event.kind === 'scope' && event.scope_category === 'start',
    );
    expect([pushed?.parent_uuid, deeper?.parent_uuid]).toEqual([call?.uuid, pushed?.uuid]);
  });

  test('a scope may own middleware of the calls that its callee makes', async () => {
    const ran: string[] = [];
    await family.call('in', async () => {
      family
        .registrar(flow.scope.current())
        .addConditionalExecution('of the call', ({ name }) => void ran.push(`guards ${name}`));
      await family.call('in', undefined, { name: 'nested' });
    });
    await family.call('in', undefined, { name: 'later' });
    expect(ran).toEqual(['guards nested']);
  });

  test('an explicit parent is the parent, in events and in spans, wherever the call is made', async () => {
    const recorded = recordEvents();
    await flow.scope.run('chosen', (chosen) =>
      flow.scope.run('around', () => family.call('in', undefined, { parent: chosen })),
    );
    const [chosen] = await recorded.named('chosen');
    expect((await recorded.named('call')).map(({ parent_uuid }) => parent_uuid)).toEqual([chosen!.uuid, chosen!.uuid]);
    const spanOf = (uuid: string | undefined) =>
      setup.finishedSpans().find(({ attributes }) => attributes['atof.uuid'] === uuid);
    const call = spanOf((await recorded.named('call'))[0]?.uuid);
    expect(call?.parentSpanContext?.spanId).toBe(spanOf(chosen?.uuid)?.spanContext().spanId);
  });

  test.runIf(setup.hasSpans)(
    'a span that an intercept opens around next() stays between the call and what is inside',
    async () => {
      const tracer = trace.getTracer('app');
      forThisTest(
        family.addExecution('e', (_, next) =>
          tracer.startActiveSpan('of the app', async (span) => {
            await next().catch(() => undefined);
            const result = await next();
            span.end();
            return result;
          }),
        ),
      );
      await family.call('in', () => flow.scope.run('inside', () => trace.getSpan(context.active())?.end()));
      const parents = new Map(setup.finishedSpans().map((span) => [span, span.parentSpanContext?.spanId]));
      const path = (from: string): string[] => {
        const spans = setup.finishedSpans();
        const names: string[] = [];
        for (let span = spans.findLast(({ name }) => name === from); span !== undefined;) {
          names.push(span.name);
          const parent = parents.get(span);
          span = spans.find((each) => each.spanContext().spanId === parent);
        }
        return names;
      };
      const name = kind === 'tool' ? 'execute_tool call' : 'chat';
      expect(path('inside')).toEqual(['inside', name, 'of the app', name]);
      const [first] = setup.finishedSpans();
      expect(first?.name).toBe('inside');
      expect(setup.finishedSpans().find((span) => parents.get(first!) === span.spanContext().spanId)?.name).toBe(
        'of the app',
      );
    },
  );
});

describe.each(FAMILIES)('the signal of a $family call', (family) => {
  test('follows that of the caller, with its reason', async () => {
    const outer = new AbortController();
    const reason = new Error('enough');
    const body = (_: string, { signal }: CallView): void => {
      signal.throwIfAborted();
      outer.abort(reason);
      signal.throwIfAborted();
    };
    await expect(family.call('in', body, { signal: outer.signal })).rejects.toBe(reason);
  });

  test('is aborted from the start where that of the caller is', async () => {
    const signal = AbortSignal.abort('early');
    const seen = await family.call('in', (_, call) => [call.signal.aborted, call.signal.reason], { signal });
    expect(seen).toEqual([true, 'early']);
  });

  test('reaches the function through every attempt', async () => {
    const outer = new AbortController();
    const seen: boolean[] = [];
    forThisTest(family.addExecution('twice', (_, next) => next().then(() => next())));
    await family.call(
      'in',
      (_, call) => {
        const before = call.signal.aborted;
        outer.abort();
        seen.push(before, call.signal.aborted);
      },
      { signal: outer.signal },
    );
    expect(seen).toEqual([false, true, true, true]);
  });

  test('leaves nothing behind on that of the caller, however the call went', async () => {
    const { signal } = new AbortController();
    const read = (_: unknown, call: CallView): unknown => call.signal;
    await family.call('in', read, { signal });
    await family.call('in', (_, call) => Promise.reject(read(_, call)), { signal }).catch(() => undefined);
    forThisTest(family.registrar(flow).addConditionalExecution('g', (call) => (call.signal.aborted ? null : 'no')));
    await family.call('in', read, { signal }).catch(() => undefined);
    expect(getEventListeners(signal, 'abort')).toEqual([]);
  });

  test('is another one for each call', async () => {
    const { signal } = new AbortController();
    const read = (_: unknown, call: CallView): unknown => call.signal;
    const [one, other] = [await family.call('in', read, { signal }), await family.call('in', read, { signal })];
    expect(one).not.toBe(other);
    expect(one).not.toBe(signal);
  });
});

describe('call.annotate', () => {
  test('puts its value beside the result, in the profile of the end event', async () => {
    const recorded = recordEvents();
    await flow.tool.execute({ name: 't', args: 1, id: 'c' }, (_, call) => {
      call.annotate({ draft: true });
      call.annotate({ pages: [1, 2] });
      return 'result';
    });
    const [start, end] = await recorded.all();
    expect(start?.category_profile).toEqual({ tool_call_id: 'c' });
    expect(end?.category_profile).toEqual({ tool_call_id: 'c', tool_result_annotation: { pages: [1, 2] } });
    expect(end?.data).toBe('result');
  });

  test('takes a snapshot, and null takes the annotation back', async () => {
    const recorded = recordEvents();
    const value = { pages: [1] };
    await flow.tool.execute({ name: 'kept', args: 1 }, (_, call) => {
      call.annotate(value);
      value.pages.push(2);
    });
    await flow.tool.execute({ name: 'taken back', args: 1 }, (_, call) => {
      call.annotate(value);
      call.annotate(null);
    });
    const ends = (await recorded.all()).filter(({ name }, place) => place % 2 === 1 && name !== '');
    expect(ends.map(({ category_profile }) => category_profile)).toEqual([
      { tool_result_annotation: { pages: [1] } },
      {},
    ]);
  });

  test('may be called by middleware as well', async () => {
    const recorded = recordEvents();
    forThisTest(flow.tool.addExecutionIntercept('e', (call, next) => (call.annotate('checked'), next())));
    await flow.tool.execute({ name: 't', args: 1 }, () => 1);
    expect((await recorded.all())[1]?.category_profile).toEqual({ tool_result_annotation: 'checked' });
  });

  test('is not recorded for a tool that failed', async () => {
    const recorded = recordEvents();
    const call = flow.tool.execute({ name: 't', args: 1 }, (_, view) => {
      view.annotate('half done');
      throw new Error('bug');
    });
    await expect(call).rejects.toThrow('bug');
    expect((await recorded.all())[1]?.category_profile).toEqual({});
  });
});
