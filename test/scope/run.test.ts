// SPDX-License-Identifier: Apache-2.0
import { describe, expect, test } from 'vitest';
import { type AtofScopeEvent, type ScopeHandle, flow } from '../../src/api/index.ts';
import { recordEvents } from '../support/setups/record-events.ts';
import { eventTree } from '../support/setups/trees.ts';

describe('a run', () => {
  test('is current inside its callback and nowhere else', async () => {
    const outside = flow.scope.current();
    await flow.scope.run('outer', async (outer) => {
      expect(flow.scope.current()).toBe(outer);
      const inner = flow.scope.run('inner', (inner) => {
        expect(flow.scope.current()).toBe(inner);
        return inner;
      });
      expect(inner.parentUuid).toBe(outer.uuid);
      expect(flow.scope.current()).toBe(outer);
      await Promise.resolve();
      expect(flow.scope.current()).toBe(outer);
    });
    expect(flow.scope.current()).toBe(outside);
  });

  test('emits a start and an end that say what it was opened with', async () => {
    const events = recordEvents();
    const options = {
      type: 'custom',
      subtype: 'step',
      attributes: ['relocatable', 'parallel', 'parallel'],
      input: { question: 1 },
      metadata: { from: 'test' },
      data: { kept: true },
    } as const;
    const read = flow.scope.run('described', options, ({ name, type, attributes, metadata, data }) => ({
      name,
      type,
      attributes,
      metadata,
      data,
    }));
    expect(read).toEqual({
      name: 'described',
      type: 'custom',
      attributes: ['parallel', 'relocatable'],
      metadata: { from: 'test' },
      data: { kept: true },
    });
    const [start, end] = await events.all();
    const common = {
      name: 'described',
      category: 'custom',
      category_profile: { subtype: 'step' },
      attributes: ['parallel', 'relocatable'],
    };
    expect(start).toMatchObject({ ...common, scope_category: 'start', data: { question: 1 } });
    expect(start?.metadata).toMatchObject({ from: 'test' });
    expect(end).toMatchObject({ ...common, scope_category: 'end', data: { kept: true } });
    expect(end?.metadata).toMatchObject({ from: 'test', 'otel.status_code': 'OK' });
  });

  test('takes the time of its start from the options', async () => {
    const events = recordEvents();
    flow.scope.run('dated', { time: 1_700_000_000_000_001 }, () => undefined);
    const [start] = await events.all();
    expect(start?.timestamp).toContain('2023-11-14T22:13:20.000001');
  });

  test.each([
    ['no name', () => flow.scope.run('', () => undefined)],
    ['no function', () => flow.scope.run('x', undefined as never)],
    ['a type that ATOF does not know', () => flow.scope.run('x', { type: 'job' as never }, () => undefined)],
    ['milliseconds with a fraction', () => flow.scope.run('x', { time: 1.5 }, () => undefined)],
    ['attributes that are no list', () => flow.scope.run('x', { attributes: 'parallel' as never }, () => undefined)],
    ['metadata that is no object', () => flow.scope.run('x', { metadata: [1] as never }, () => undefined)],
    ['a parent that is no scope', () => flow.scope.run('x', { parent: {} as never }, () => undefined)],
  ])('refuses %s and emits nothing', async (_, wrong) => {
    const events = recordEvents();
    expect(wrong).toThrow(expect.objectContaining({ code: 'FLOW_INVALID_ARGUMENT' }));
    expect(await events.all()).toEqual([]);
  });
});

const ends = async (events: { named(name: string): Promise<unknown> }, name: string): Promise<AtofScopeEvent[]> =>
  ((await events.named(name)) as AtofScopeEvent[]).filter(({ scope_category: phase }) => phase === 'end');

describe('what the function returns is what run returns', () => {
  // oxlint-disable unicorn/no-thenable -- what query builders are
  test.each([
    ['an object', { a: 1 }],
    ['undefined', undefined],
    ['a function', () => undefined],
    ['a frozen thenable', Object.freeze({ then: () => undefined })],
    ['an object whose then is no function', { then: 1 }],
    ['an object that cannot be read', new Proxy({}, { get: () => expect.unreachable('unreadable') })],
  ])('%s', (_, value) => {
    expect(flow.scope.run('same', () => value)).toBe(value);
    const started = flow.scope.start('same too');
    expect(started.run(() => value)).toBe(value);
    started.end();
    expect(flow.scope.isolate(() => value)).toBe(value);
    expect(flow.scope.capture().run(() => value)).toBe(value);
  });

  test('for a plain promise run returns one that settles the same way once the scope has ended; the others return that very promise', async () => {
    const events = recordEvents();
    const promise = Promise.resolve({ a: 1 });
    const returned = flow.scope.run('followed', () => promise);
    expect(await returned).toBe(await promise);
    expect(await ends(events, 'followed')).toHaveLength(1);
    const error = new Error('no');
    await expect(flow.scope.run('failing', () => Promise.reject(error))).rejects.toBe(error);
    const started = flow.scope.start('same');
    expect(started.run(() => promise)).toBe(promise);
    started.end();
    expect(flow.scope.isolate(() => promise)).toBe(promise);
    expect(flow.scope.capture().run(() => promise)).toBe(promise);
  });

  test('a promise of a subclass keeps its class, its identity and its result', async () => {
    class Answer extends Promise<number> {}
    const events = recordEvents();
    let resolve: (value: number) => void = () => undefined;
    const answer = new Answer((resolved) => void (resolve = resolved));
    const returned = flow.scope.run('subclass', () => answer);
    expect(returned).toBe(answer);
    expect(returned).toBeInstanceOf(Answer);
    expect(await ends(events, 'subclass')).toEqual([]);
    resolve(42);
    expect(await returned).toBe(42);
    expect(await ends(events, 'subclass')).toHaveLength(1);
  });

  test('a lazy thenable is not started by us, and the scope ends when the caller has started it', async () => {
    const events = recordEvents();
    let starts = 0;
    const query = {
      then(resolve: (rows: string[]) => void) {
        starts++;
        setImmediate(resolve, ['row']);
      },
    };
    const returned = flow.scope.run('query', () => query);
    await flow.flush();
    expect(starts).toBe(0);
    expect(await ends(events, 'query')).toEqual([]);
    expect(await returned).toEqual(['row']);
    expect(starts).toBe(1);
    expect(await ends(events, 'query')).toHaveLength(1);
  });

  test('a thenable that is asked without callbacks passes on what it has, and ends the scope', async () => {
    const events = recordEvents();
    const from = (promise: Promise<number>): PromiseLike<number> => ({ then: (...args) => promise.then(...args) });
    const error = new RangeError('none left');
    const failing = Promise.reject(error);
    expect(await flow.scope.run('query', () => from(Promise.resolve(1))).then(null)).toBe(1);
    await expect(flow.scope.run('query', () => from(failing)).then(null)).rejects.toBe(error);
    expect((await ends(events, 'query')).map(({ metadata }) => metadata?.['otel.status_code'])).toEqual([
      'OK',
      'ERROR',
    ]);
  });

  test('a thenable that throws when it is asked ends the scope with that error, and its caller gets it', async () => {
    const events = recordEvents();
    const query = {
      then(): never {
        throw new RangeError('not connected');
      },
    };
    const returned = flow.scope.run('query', () => query as PromiseLike<never>);
    expect(() => returned.then(null)).toThrow('not connected');
    const [end] = await ends(events, 'query');
    expect(end?.metadata).toMatchObject({ 'otel.status_code': 'ERROR', 'error.type': 'RangeError' });
  });

  test('a thenable that rejects ends the scope with that error', async () => {
    const events = recordEvents();
    const error = new RangeError('none left');
    const query = { then: (_: unknown, reject: (error: Error) => void) => setImmediate(reject, error) };
    await expect(Promise.resolve(flow.scope.run('query', () => query))).rejects.toBe(error);
    const [end] = await ends(events, 'query');
    expect(end?.metadata).toMatchObject({ 'otel.status_code': 'ERROR', 'error.type': 'RangeError' });
  });
});

describe('a run ends', () => {
  test('when the promise of its function settles, not before', async () => {
    const events = recordEvents();
    const { promise, resolve } = Promise.withResolvers<void>();
    const run = flow.scope.run('pending', () => promise);
    expect(await ends(events, 'pending')).toEqual([]);
    resolve();
    await run;
    expect(await ends(events, 'pending')).toHaveLength(1);
  });

  class QuotaError extends Error {
    override readonly name = 'QuotaError';
  }

  test.each([
    ['that is thrown', (error: unknown) => flow.scope.run('failing', () => throwIt(error))],
    ['that rejects', (error: unknown) => flow.scope.run('failing', async () => throwIt(error))],
    ['that rejects later', (error: unknown) => flow.scope.run('failing', async () => throwIt(await later(error)))],
  ])('with the very error %s', async (_, run) => {
    const events = recordEvents();
    const error = new QuotaError('used up');
    await expect((async () => run(error))()).rejects.toBe(error);
    const [end] = await ends(events, 'failing');
    expect(end?.metadata).toMatchObject({
      'otel.status_code': 'ERROR',
      'otel.status_description': 'used up',
      'error.type': 'QuotaError',
      'exception.type': 'QuotaError',
    });
    expect(Object.keys(error)).toEqual(['name']);
  });

  test.each([[undefined], [null], ['text'], [Object.freeze({ code: 1 })]])(
    'also with something thrown that is no error: %o',
    async (thrown) => {
      const events = recordEvents();
      await expect((async () => flow.scope.run('failing', () => throwIt(thrown)))()).rejects.toBe(thrown);
      const [end] = await ends(events, 'failing');
      expect(end?.metadata).toMatchObject({ 'otel.status_code': 'ERROR', 'error.type': '_OTHER' });
    },
  );

  test('exactly once, also when its own function ends it first', async () => {
    const events = recordEvents();
    flow.scope.run('early', (scope) => scope.end({ output: 'done' }));
    const all = await ends(events, 'early');
    expect(all.map(({ data }) => data)).toEqual(['done']);
  });

  test('later than it started, whatever the clock says', async () => {
    const events = recordEvents();
    flow.scope.run('in the future', { time: (Date.now() + 60_000) * 1000 }, () => undefined);
    // The recorder checks that the end is later than the start.
    expect(await ends(events, 'in the future')).toHaveLength(1);
  });
});

describe('what was pushed inside a run and never popped', () => {
  test.each([
    ['returns', () => undefined],
    ['throws', () => throwIt(new Error('x'))],
    ['rejects', () => Promise.reject(new Error('x'))],
    ['resolves', () => Promise.resolve()],
  ])('is ended with it, innermost first and marked as unfinished, when the function %s', async (_, leave) => {
    const events = recordEvents();
    const reported: string[] = [];
    const stop = flow.onDiagnostic(({ source, name }) => reported.push(`${source} ${name}`));
    let left: ScopeHandle[] = [];
    const run = async (): Promise<unknown> =>
      flow.scope.run('around', () => {
        left = [flow.scope.push('first'), flow.scope.push('second')];
        return leave();
      });
    await run().catch(() => undefined);
    stop();
    const all = (await events.all()) as AtofScopeEvent[];
    const ended = all.filter(({ scope_category: phase }) => phase === 'end');
    expect(ended.map(({ name }) => name)).toEqual(['second', 'first', 'around']);
    expect(ended.map(({ metadata }) => metadata?.['flow.end_reason'])).toEqual(['unfinished', 'unfinished', undefined]);
    expect(left.map(({ ended }) => ended)).toEqual([true, true]);
    expect(reported).toEqual(['scope second', 'scope first']);
    expect(eventTree(all)).toEqual({ around: 'root', first: 'around', second: 'first' });
  });

  test('and was ended by hand is not reported', () => {
    const reported: string[] = [];
    const stop = flow.onDiagnostic(({ name }) => reported.push(name));
    flow.scope.run('around', () => flow.scope.push('ended').end());
    stop();
    expect(reported).toEqual([]);
  });
});

function throwIt(error: unknown): never {
  throw error;
}

async function later<Value>(value: Value): Promise<Value> {
  await new Promise(setImmediate);
  return value;
}
