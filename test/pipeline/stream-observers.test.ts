// SPDX-License-Identifier: Apache-2.0
import { setImmediate as macrotask } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { type AtofEvent, codecs, type Diagnostic, flow, type LlmStreamOptions } from '../../src/api/index.ts';
import { type Recorded, recordEvents } from '../support/setups/record-events.ts';
import { collect, forThisTest, streamOf } from './families.ts';
import { chunksOf } from './provider.ts';

const request = { content: { model: 'm', messages: [{ role: 'user', content: 'hello' }] } };

/** A stream of 1, 2, 3 that notes how it was left. */
function numbers(log: string[]): (_: unknown, call: { signal: AbortSignal }) => AsyncGenerator<number> {
  return async function* provider(_, { signal }) {
    try {
      yield 1;
      yield 2;
      yield 3;
      log.push('finished');
    } finally {
      log.push(`closed, aborted: ${String(signal.aborted)}`);
    }
  };
}

const open = (options: Partial<LlmStreamOptions<number>>, log: string[] = []): Promise<AsyncIterableIterator<number>> =>
  flow.llm.stream({ name: 'call', request, ...options }, numbers(log));

async function endOf(recorded: Recorded): Promise<AtofEvent> {
  const events = await recorded.named('call');
  expect(events).toHaveLength(2);
  return events[1]!;
}

describe('the collector', () => {
  test('sees each chunk before the consumer does', async () => {
    const order: string[] = [];
    for await (const chunk of await open({ collector: (chunk) => order.push(`collector ${chunk}`) }))
      order.push(`consumer ${chunk}`);
    expect(order).toEqual(['collector 1', 'consumer 1', 'collector 2', 'consumer 2', 'collector 3', 'consumer 3']);
  });

  test('may take its time, and the consumer gets the chunk afterwards', async () => {
    const order: string[] = [];
    const collector = async (chunk: number): Promise<void> => {
      await macrotask();
      order.push(`collector ${chunk}`);
    };
    for await (const chunk of await open({ collector })) order.push(`consumer ${chunk}`);
    expect(order).toEqual(['collector 1', 'consumer 1', 'collector 2', 'consumer 2', 'collector 3', 'consumer 3']);
  });

  test('cannot change chunks by what it returns', async () => {
    expect(await collect(await open({ collector: () => 'other' }))).toEqual([1, 2, 3]);
  });

  test.each<[string, (bug: Error) => unknown]>([
    [
      'throws',
      (bug) => {
        throw bug;
      },
    ],
    ['rejects', (bug) => Promise.reject(bug)],
  ])('that %s ends the stream with its error, and the source is closed', async (_, fail) => {
    const recorded = recordEvents();
    const bug = new TypeError('bug in the collector');
    const log: string[] = [];
    const seen: number[] = [];
    const chunks = await open({ collector: (chunk) => (chunk === 2 ? fail(bug) : undefined) }, log);
    const consume = async (): Promise<void> => {
      for await (const chunk of chunks) seen.push(chunk);
    };
    await expect(consume()).rejects.toBe(bug);
    expect(seen).toEqual([1]);
    expect(log).toEqual(['closed, aborted: true']);
    expect((await endOf(recorded)).metadata).toMatchObject({ 'otel.status_code': 'ERROR', 'error.type': 'TypeError' });
  });

  test('sees what intercepts made of the stream', async () => {
    const seen: number[] = [];
    forThisTest(
      flow.llm.addStreamExecutionIntercept('tens', async function* tens(_, next) {
        for await (const chunk of await next()) yield (chunk as number) * 10;
      }),
    );
    await collect(await open({ collector: (chunk) => void seen.push(chunk) }));
    expect(seen).toEqual([10, 20, 30]);
  });
});

describe('the finalizer', () => {
  const bug = new Error('connection lost');
  const ends: readonly (readonly [string, (chunks: AsyncIterableIterator<number>) => Promise<unknown>])[] = [
    ['is read to its end', collect],
    ['is left early', (chunks) => chunks.next().then(() => chunks.return?.())],
    ['is left before it was read', (chunks) => chunks.return!()],
    ['is thrown into', (chunks) => chunks.throw!(bug).catch(() => undefined)],
    [
      'is read to its end and left',
      async (chunks) => {
        await collect(chunks);
        await chunks.return?.();
      },
    ],
  ];

  test.each(ends)(
    'is called once when the stream %s, and what it returns is the recorded response',
    async (_, consume) => {
      const recorded = recordEvents();
      let calls = 0;
      await consume(await open({ finalizer: () => ({ calls: ++calls }) }));
      expect(calls).toBe(1);
      expect((await endOf(recorded)).data).toEqual({ calls: 1 });
    },
  );

  test('is called once when the provider fails midway', async () => {
    const recorded = recordEvents();
    let calls = 0;
    const chunks = await flow.llm.stream(
      { name: 'call', request, finalizer: () => ({ partial: ++calls }) },
      async function* provider() {
        yield 1;
        throw bug;
      },
    );
    await expect(collect(chunks)).rejects.toBe(bug);
    expect((await endOf(recorded)).data).toEqual({ partial: 1 });
  });

  test('is called once however many attempts the call takes', async () => {
    recordEvents();
    let calls = 0;
    forThisTest(
      flow.llm.addStreamExecutionIntercept('twice', async function* twice(_, next) {
        yield* await next();
        yield* await next();
      }),
    );
    expect(await collect(await open({ finalizer: () => ++calls }))).toEqual([1, 2, 3, 1, 2, 3]);
    expect(calls).toBe(1);
  });

  test('is not called where no stream was opened', async () => {
    let calls = 0;
    const opening = flow.llm.stream({ name: 'call', request, finalizer: () => ++calls }, () => Promise.reject(bug));
    await expect(opening).rejects.toBe(bug);
    forThisTest(flow.llm.addConditionalExecution('g', () => 'no'));
    await expect(open({ finalizer: () => ++calls })).rejects.toMatchObject({ status: 403 });
    expect(calls).toBe(0);
  });

  test('has the last word over what a codec makes of the chunks; undefined leaves it to the codec', async () => {
    const recorded = recordEvents();
    const ask = async (finalizer: () => unknown): Promise<void> =>
      void (await collect(await flow.llm.stream({ name: 'call', request, finalizer }, () => chunksOf('hello'))));
    await ask(() => ({ mine: true }));
    await ask(() => undefined);
    const [, mine, , codec] = await recorded.named('call');
    expect(mine?.data).toEqual({ mine: true });
    expect(codecs.openaiChat.decodeResponse(codec?.data)?.message).toBe('hello');
  });

  test.each<[string, () => unknown]>([
    [
      'throws',
      () => {
        throw bug;
      },
    ],
    ['rejects', () => Promise.reject(bug)],
    ['returns a promise', () => Promise.resolve(1)],
  ])('that %s disturbs nobody: the failure is reported, and the codec’s response recorded', async (_, finalizer) => {
    const recorded = recordEvents();
    const failures: Diagnostic[] = [];
    const undo = flow.onDiagnostic((failure) => void failures.push(failure));
    await collect(await flow.llm.stream({ name: 'call', request, finalizer }, () => chunksOf('hello')));
    undo();
    expect(failures.map(({ source, name }) => [source, name])).toContainEqual(['finalizer', 'call']);
    expect(codecs.openaiChat.decodeResponse((await endOf(recorded)).data)?.message).toBe('hello');
  });
});

describe('next() of a stream intercept', () => {
  test('is valid while the outer stream is open, also long after the intercept has returned', async () => {
    forThisTest(
      flow.llm.addStreamExecutionIntercept('goes on', (_, next) =>
        (async function* goesOn() {
          yield* await next();
          await macrotask();
          yield* await next();
        })(),
      ),
    );
    expect(await collect(await open({}))).toEqual([1, 2, 3, 1, 2, 3]);
  });

  test.each<[string, (chunks: AsyncIterableIterator<number>) => Promise<unknown>]>([
    ['has been read', collect],
    ['was left', (chunks) => chunks.next().then(() => chunks.return?.())],
  ])('has expired when the outer stream %s', async (_, consume) => {
    let kept: (() => Promise<unknown>) | undefined;
    let calls = 0;
    forThisTest(
      flow.llm.addStreamExecutionIntercept('keeps next', (_, next) => {
        kept = next;
        return next();
      }),
    );
    const chunks = await flow.llm.stream({ name: 'call', request }, () => streamOf(++calls));
    await consume(chunks);
    await expect(kept!()).rejects.toMatchObject({ code: 'FLOW_NEXT_EXPIRED' });
    expect(calls).toBe(1);
  });

  test('has expired where the stream could not be opened', async () => {
    let kept: (() => Promise<unknown>) | undefined;
    forThisTest(
      flow.llm.addStreamExecutionIntercept('keeps next', (_, next) => {
        kept = next;
        return next();
      }),
    );
    const opening = flow.llm.stream({ name: 'call', request }, () => Promise.reject(new Error('no')));
    await expect(opening).rejects.toThrow('no');
    await expect(kept!()).rejects.toMatchObject({ code: 'FLOW_NEXT_EXPIRED' });
  });
});

describe('a stream intercept', () => {
  test('may fall back midway, and each attempt has its own end', async () => {
    const recorded = recordEvents();
    let attempt = 0;
    forThisTest(
      flow.llm.addStreamExecutionIntercept('falls back', async function* fallsBack(_, next) {
        try {
          yield* await next();
        } catch {
          yield* await next();
        }
      }),
    );
    const chunks = await flow.llm.stream({ name: 'call', request }, async function* provider() {
      const number = ++attempt;
      yield `${number} begins`;
      if (number === 1) throw new Error('connection lost');
      yield `${number} ends`;
    });
    expect(await collect(chunks)).toEqual(['1 begins', '2 begins', '2 ends']);
    const ends = (await recorded.named('call')).slice(2);
    expect(ends.map(({ metadata }) => [metadata?.['flow.attempt'], metadata?.['otel.status_code']])).toEqual([
      [2, 'OK'],
      [undefined, 'OK'],
    ]);
  });

  test('answers a stream without an inference', async () => {
    const recorded = recordEvents();
    forThisTest(flow.llm.addStreamExecutionIntercept('cache', () => chunksOf('cached')));
    const chunks = await flow.llm.stream({ name: 'call', request }, () => expect.unreachable('the provider was asked'));
    expect(await collect(chunks)).toHaveLength(3);
    const end = await endOf(recorded);
    expect(codecs.openaiChat.decodeResponse(end.data)?.message).toBe('cached');
    expect(end.metadata?.['flow.usage']).toBeNull();
  });

  test('is lazy itself: nothing of it runs before the consumer asks', async () => {
    const ran: string[] = [];
    forThisTest(
      flow.llm.addStreamExecutionIntercept('lazy', async function* lazy(_, next) {
        ran.push('intercept');
        yield* await next();
      }),
    );
    const chunks = await flow.llm.stream({ name: 'call', request }, () => {
      ran.push('provider');
      return streamOf(1);
    });
    expect(ran).toEqual([]);
    await collect(chunks);
    expect(ran).toEqual(['intercept', 'provider']);
  });

  test('whose opening fails while the consumer already reads fails the stream there', async () => {
    const recorded = recordEvents();
    const bug = new Error('overloaded');
    forThisTest(
      flow.llm.addStreamExecutionIntercept('lazy', async function* lazy(_, next) {
        yield* await next();
      }),
    );
    const chunks = await flow.llm.stream({ name: 'call', request }, () => Promise.reject(bug));
    await expect(chunks.next()).rejects.toBe(bug);
    expect((await endOf(recorded)).metadata).toMatchObject({ 'otel.status_code': 'ERROR' });
  });
});
