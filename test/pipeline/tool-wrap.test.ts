// SPDX-License-Identifier: Apache-2.0
import { describe, expect, test } from 'vitest';
import { flow } from '../../src/api/index.ts';
import { recordEvents } from '../support/setups/record-events.ts';
import { forThisTest } from './families.ts';

describe('tool.wrap', () => {
  test('calls the function with its own this and all arguments, the first of which are the args of the call', async () => {
    const recorded = recordEvents();
    class Shop {
      readonly stock = 3;
      readonly buy = flow.tool.wrap('buy', function buy(this: Shop, args: { count: number }, ...rest: unknown[]) {
        return [this.stock, args.count, ...rest];
      });
    }
    const signal = new AbortController().signal;
    expect(await new Shop().buy({ count: 2 }, 'second', signal)).toEqual([3, 2, 'second', signal]);
    const [start] = await recorded.all();
    expect([start?.name, start?.data]).toEqual(['buy', { count: 2 }]);
  });

  test('passes on arguments that are left out as left out', async () => {
    const wrapped = flow.tool.wrap('t', (...all: unknown[]) => all) as (...all: unknown[]) => Promise<unknown[]>;
    expect(await wrapped('only')).toEqual(['only']);
    expect(await wrapped()).toHaveLength(0);
    expect(await wrapped(1, undefined)).toHaveLength(2);
  });

  test('gives an intercepted first argument and leaves the others alone', async () => {
    forThisTest(flow.tool.addRequestIntercept('r', () => ({ count: 1 })));
    const wrapped = flow.tool.wrap('t', (args: { count: number }, more: string) => `${args.count} ${more}`);
    expect(await wrapped({ count: 9 }, 'left')).toBe('1 left');
  });

  test('is a call in the scope where it is made, not where it was wrapped', async () => {
    const recorded = recordEvents();
    const wrapped = flow.scope.run('where wrapped', () =>
      flow.tool.wrap('t', (_: number) => flow.scope.current().name),
    );
    const [current, caller] = await flow.scope.run('where called', async (scope) => [await wrapped(1), scope] as const);
    expect(current).toBe('t');
    expect((await recorded.named('t'))[0]?.parent_uuid).toBe(caller.uuid);
  });

  test('keeps errors and results as they are', async () => {
    const bug = new Error('bug');
    const result = {};
    await expect(flow.tool.wrap('t', (_: number) => Promise.reject(bug))(1)).rejects.toBe(bug);
    expect(await flow.tool.wrap('t', (_: number) => result)(1)).toBe(result);
  });

  test('keeps name and length of the function, which frameworks read', () => {
    const wrapped = flow.tool.wrap('t', function search(_query: string, _limit: number) {
      return 1;
    });
    expect([wrapped.name, wrapped.length]).toEqual(['search', 2]);
  });

  test.each<[string, unknown, unknown]>([
    ['an empty name', '', () => 1],
    ['no name', undefined, () => 1],
    ['no function', 't', undefined],
    ['something else than a function', 't', {}],
  ])('with %s throws at once', (_, name, fn) => {
    expect(() => flow.tool.wrap(name as never, fn as never)).toThrow(
      expect.objectContaining({ code: 'FLOW_INVALID_ARGUMENT' }) as Error,
    );
  });
});

test('a tool call carries the provider’s id in its profile, and on the mark that refuses it', async () => {
  const recorded = recordEvents();
  const call = (): Promise<unknown> => flow.tool.execute({ name: 't', args: {}, id: 'call_1' }, (_, { id }) => id);
  expect(await call()).toBe('call_1');
  forThisTest(flow.tool.addConditionalExecution('g', () => 'no'));
  await call().catch(() => undefined);
  const events = await recorded.named('t');
  expect(events.map(({ kind, category_profile }) => [kind, category_profile])).toEqual([
    ['scope', { tool_call_id: 'call_1' }],
    ['scope', { tool_call_id: 'call_1' }],
    ['mark', { tool_call_id: 'call_1' }],
  ]);
});

test.each<[string, unknown]>([
  ['no options', undefined],
  ['no name', { args: 1 }],
  ['an empty name', { name: '', args: 1 }],
  ['an id that is no text', { name: 't', args: 1, id: 7 }],
  ['attributes that are no list', { name: 't', args: 1, attributes: 'remote' }],
  ['metadata that is no object', { name: 't', args: 1, metadata: 'x' }],
  ['a parent that is no scope', { name: 't', args: 1, parent: {} }],
  ['a signal that is none', { name: 't', args: 1, signal: {} }],
])('a tool call with %s is refused before anything happens, as a rejection', async (_, options) => {
  const recorded = recordEvents();
  const call = flow.tool.execute(options as never, () => expect.unreachable('the function ran'));
  await expect(call).rejects.toMatchObject({ code: 'FLOW_INVALID_ARGUMENT' });
  expect(await recorded.all()).toEqual([]);
});

test.each<[string, unknown]>([
  ['no request', { name: 'm' }],
  ['a request without content', { name: 'm', request: {} }],
  ['headers that are no object', { name: 'm', request: { content: {}, headers: 'x' } }],
  ['no name', { request: { content: {} } }],
  ['no options', undefined],
])('a model call with %s is refused before anything happens, buffered or streaming', async (_, options) => {
  const unreachable = (): never => expect.unreachable('the function ran');
  await expect(flow.llm.execute(options as never, unreachable)).rejects.toMatchObject({
    code: 'FLOW_INVALID_ARGUMENT',
  });
  await expect(flow.llm.stream(options as never, unreachable)).rejects.toMatchObject({ code: 'FLOW_INVALID_ARGUMENT' });
});

test('a call without a function is refused', async () => {
  await expect(flow.tool.execute({ name: 't', args: 1 }, undefined as never)).rejects.toMatchObject({
    code: 'FLOW_INVALID_ARGUMENT',
  });
});
