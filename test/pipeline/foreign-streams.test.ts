// SPDX-License-Identifier: Apache-2.0
import { describe, expect, test } from 'vitest';
import { flow } from '../../src/api/index.ts';
import { recordEvents } from '../support/setups/record-events.ts';
import { collect, forThisTest } from './families.ts';

const request = { content: { model: 'm', messages: [{ role: 'user', content: 'hello' }] } };
const streamFrom = (iterator: () => unknown): AsyncIterable<number> =>
  ({ [Symbol.asyncIterator]: iterator }) as unknown as AsyncIterable<number>;
const open = (iterator: () => unknown): Promise<AsyncIterableIterator<number>> =>
  flow.llm.stream({ name: 'call', request }, () => streamFrom(iterator));

/** Counts to two, then is done. */
const counting = (): (() => Promise<IteratorResult<number>>) => {
  let count = 0;
  return async () => (++count > 2 ? { done: true, value: undefined } : { done: false, value: count });
};

describe('a stream of whatever made it', () => {
  test.each<[string, () => unknown, string]>([
    ['nothing', () => undefined, 'undefined'],
    ['a text', () => 'iterator', 'the string "iterator"'],
    ['an object without next()', () => ({}), 'an object'],
    ['a function without next()', () => () => undefined, 'a function'],
  ])('that gives %s as its iterator is refused with what it gave', async (_, iterator, shown) => {
    const recorded = recordEvents();
    await expect(open(iterator)).rejects.toMatchObject({
      code: 'FLOW_INVALID_ARGUMENT',
      message: expect.stringContaining(`returned ${shown}`) as string,
    });
    const [, end] = await recorded.named('call');
    expect(end?.metadata).toMatchObject({ 'otel.status_code': 'ERROR', 'error.type': 'FLOW_INVALID_ARGUMENT' });
  });

  test.each([
    ['nothing', undefined, 'undefined'],
    ['null', null, 'null'],
    ['a number', 1, '1'],
  ])('whose next() resolves to %s fails there, after the chunks before it', async (_, step, shown) => {
    const steps: unknown[] = [{ done: false, value: 1 }, step];
    const chunks = await open(() => ({ next: async () => steps.shift() }));
    expect(await chunks.next()).toEqual({ done: false, value: 1 });
    await expect(chunks.next()).rejects.toMatchObject({
      code: 'FLOW_INVALID_ARGUMENT',
      message: expect.stringContaining(`resolved to ${shown}`) as string,
    });
    expect(await chunks.next()).toEqual({ done: true, value: undefined });
  });

  test('may be a function with next(), and its results functions, too', async () => {
    const next = counting();
    const functionOf = (result: IteratorResult<number>): unknown => Object.assign(() => undefined, result);
    const chunks = await open(() => Object.assign(() => undefined, { next: async () => functionOf(await next()) }));
    const seen: number[] = [];
    for await (const chunk of chunks) seen.push(chunk);
    expect(seen).toEqual([1, 2]);
  });

  test.each([
    ['without return()', undefined],
    ['whose return is no function', 'later'],
  ])('%s is left without an error, directly and behind an intercept', async (_, noMethod) => {
    const iterator = (): unknown => ({ next: counting(), return: noMethod });
    const recorded = recordEvents();
    const leave = async (): Promise<void> => {
      for await (const chunk of await open(iterator)) {
        expect(chunk).toBe(1);
        break;
      }
    };
    await leave();
    forThisTest(flow.llm.addStreamExecutionIntercept('as it is', (_, next) => next()));
    await leave();
    const ends = (await recorded.named('call')).filter(
      (event) => event.kind === 'scope' && event.scope_category === 'end',
    );
    expect(ends.map((end) => end.metadata?.['cancelled'])).toEqual([true, true]);
  });

  test('is over for the consumer that left it, also when the read in flight still brings a chunk', async () => {
    const arrived = Promise.withResolvers<IteratorResult<number>>();
    const chunks = await open(() => ({ next: () => arrived.promise, return: async () => ({ done: true }) }));
    const inFlight = chunks.next();
    await chunks.return?.();
    arrived.resolve({ done: false, value: 1 });
    expect(await inFlight).toEqual({ done: true, value: undefined });
    expect(await collect(chunks)).toEqual([]);
  });
});
