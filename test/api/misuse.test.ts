// SPDX-License-Identifier: Apache-2.0
import { describe, expect, test } from 'vitest';
import { FlowError, type ScopeHandle, flow, isFlowError } from '../../src/api/index.ts';

type Loose = (...values: readonly unknown[]) => unknown;

const scope = flow.scope as unknown as Record<
  'run' | 'start' | 'push' | 'mark' | 'metric' | 'inject' | 'extract',
  Loose
>;
const llm = flow.llm as unknown as Record<'execute' | 'stream' | 'start', Loose>;
const tool = flow.tool as unknown as Record<'execute' | 'addRequestIntercept', Loose>;

const unprintable: unknown = Object.create(null);
const request = { content: { model: 'm', messages: [] } };
const fn = (): undefined => undefined;
/** What the work throws or rejects with. */
const errorOf = async (work: () => unknown): Promise<FlowError> => {
  try {
    await work();
  } catch (error) {
    return error as FlowError;
  }
  throw new Error('it went well');
};
const fail = (): never => {
  throw new Error('unreadable');
};
const throwing = (member: string, base: object = {}): object =>
  Object.defineProperty(base, member, {
    enumerable: true,
    get: fail,
  });

describe('what is given in place of an argument is refused with FLOW_INVALID_ARGUMENT, whatever it is:', () => {
  test.each<readonly [string, () => unknown]>([
    ['a name of a run that cannot be printed', () => scope.run(unprintable, fn)],
    ['a name of a start that cannot be printed', () => scope.start(unprintable)],
    ['a name of a push that cannot be printed', () => scope.push(unprintable)],
    ['a name of a mark that cannot be printed', () => scope.mark(unprintable)],
    ['a name of a metric that cannot be printed', () => scope.metric(unprintable, [])],
    ['a list of measurements with holes', () => scope.metric('m', Array.from({ length: 2 }))],
    ['a name of a call that cannot be printed', () => tool.execute({ name: unprintable, args: 1 }, fn)],
    ['a name of a middleware that cannot be printed', () => tool.addRequestIntercept(unprintable, fn)],
    ['options of a middleware that cannot be printed', () => tool.addRequestIntercept('m', fn, Symbol('options'))],
    ['a priority that cannot be printed', () => tool.addRequestIntercept('m', fn, { priority: unprintable })],
    ['no function for a scope that runs', () => flow.scope.start('s').run(undefined as never)],
    ['no function for a call that runs', () => flow.tool.start({ name: 't', args: 1 }).run('fn' as never)],
    ['no options of a model call by hand', () => llm.start()],
    ['a model that is no text', () => llm.start({ name: 'l', request, model: {} })],
    ['a provider that is no text', () => llm.execute({ name: 'l', request, provider: [{}] }, fn)],
    ['a codec that is a text', () => llm.stream({ name: 'l', request, codec: 'openai' }, fn)],
    ['a codec that lacks a method', () => llm.execute({ name: 'l', request, codec: { id: 'own' } }, fn)],
    ['a timeout of flush that is no number', () => flow.flush(10n as never)],
    ['a timeout of flush that is none', () => flow.flush(Number.NaN)],
    ['a timeout of flush below zero', () => flow.flush(-1)],
    ['headers that cannot be written to', () => scope.inject(Object.freeze({}))],
  ])('%s', async (_, work) => {
    const error = await errorOf(work);
    expect(error).toBeInstanceOf(FlowError);
    expect(error.code).toBe('FLOW_INVALID_ARGUMENT');
    expect(error.message).not.toContain('[object');
  });
});

describe('what may be left out may be undefined, too:', () => {
  test('the options of a run', () => {
    expect(scope.run('s', undefined, () => 'result')).toBe('result');
  });

  test('a flush may wait as long as it takes', async () => {
    const delivered: string[] = [];
    const slow = flow.addSubscriber('slow', async (event) => {
      await new Promise(setImmediate);
      delivered.push(event.name);
    });
    flow.scope.mark('mark');
    await flow.flush(Number.POSITIVE_INFINITY);
    slow.remove();
    expect(delivered).toEqual(['mark']);
  });
});

describe('headers that cannot be read say nothing:', () => {
  test.each<readonly [string, object]>([
    ['a getter that throws', throwing('traceparent')],
    ['a get that throws', { get: fail, keys: 5 }],
    ['a list that holds more than texts', { baggage: [unprintable, 1], traceparent: [unprintable] }],
    ['a proxy that throws', new Proxy({}, { get: fail, ownKeys: fail })],
  ])('%s', (_, headers) => {
    const outside = flow.scope.current();
    expect(scope.extract(headers, () => flow.scope.current())).toBe(outside);
  });
});

describe('an error that cannot be read', () => {
  const unreadable = throwing('cause', new Error('policy broke'));

  test('is no FlowError', () => {
    expect(isFlowError(unreadable)).toBeUndefined();
    expect(isFlowError(new Proxy({}, { get: fail }))).toBeUndefined();
  });

  test.each(['addConditionalExecution', 'addRequestIntercept'] as const)(
    'refuses the call when it comes from %s',
    async (add) => {
      const policy = flow.tool[add]('policy', () => {
        throw unreadable;
      });
      const error = await errorOf(() => flow.tool.execute({ name: 't', args: 1 }, fail));
      policy.remove();
      expect(error.status).toBe(403);
      expect(Object.getOwnPropertyDescriptor(error, 'cause')?.value).toBe(unreadable);
    },
  );
});

test('a scope ends with what its thenable throws when it is waited for', async () => {
  const error = new Error('lazy');
  const handles: ScopeHandle[] = [];
  const lazy = flow.scope.run('s', (handle) => {
    handles.push(handle);
    return {
      // oxlint-disable-next-line unicorn/no-thenable -- that is what it is
      then: (): never => {
        throw error;
      },
    } as unknown as PromiseLike<void>;
  });
  expect(handles[0]?.ended).toBe(false);
  await expect((async () => await lazy)()).rejects.toBe(error);
  expect(handles[0]?.ended).toBe(true);
});

test('a stream is over where its source says so by anything that is true', async () => {
  const steps: unknown[] = [{ value: 1 }, { done: 'yes' }];
  const source = { [Symbol.asyncIterator]: () => ({ next: async () => steps.shift() }) } as AsyncIterable<unknown>;
  const ends: unknown[] = [];
  const watch = flow.addSubscriber('watch', (event) => {
    if (event.kind === 'scope' && event.scope_category === 'end') ends.push(event.metadata?.['otel.status_code']);
  });
  const got: unknown[] = [];
  for await (const chunk of await flow.llm.stream({ name: 'l', request }, () => source)) got.push(chunk);
  await flow.flush();
  watch.remove();
  expect(got).toEqual([1]);
  expect(ends).toEqual(['OK']);
});
