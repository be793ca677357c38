// SPDX-License-Identifier: Apache-2.0
import { beforeEach, describe, expect, test } from 'vitest';
import { type AtofEvent, type CallView, codecs, flow, type LlmStreamOptions } from '../../src/api/index.ts';
import { type Recorded, recordEvents } from '../support/setups/record-events.ts';
import { setup } from '../support/setups/index.ts';
import { collect, forThisTest, streamOf } from './families.ts';
import { chunksOf } from './provider.ts';

beforeEach(() => setup.forgetSpans());

const request = { content: { model: 'm', messages: [{ role: 'user', content: 'hello' }] } };

/** A provider's stream that notes what is asked of it, and waits for its signal where it is told to hang. */
class Source implements AsyncIterable<number> {
  readonly log: string[] = [];
  readonly #last: number;
  readonly #hangsAt: number | undefined;
  signal: AbortSignal | undefined;

  constructor(last: number, hangsAt?: number) {
    this.#last = last;
    this.#hangsAt = hangsAt;
  }

  [Symbol.asyncIterator](): AsyncIterator<number> {
    this.log.push('open');
    let count = 0;
    return {
      next: async () => {
        this.log.push(`next ${++count}`);
        if (count === this.#hangsAt) await this.#hang();
        return count > this.#last ? { done: true, value: undefined } : { done: false, value: count };
      },
      return: async () => {
        this.log.push(`return, aborted: ${String(this.signal?.aborted)}`);
        return { done: true, value: undefined };
      },
    };
  }

  #hang(): Promise<never> {
    return new Promise((_, reject) => {
      this.signal?.addEventListener('abort', () => reject(this.signal?.reason as Error), { once: true });
    });
  }
}

const open = (
  source: Source,
  options: Partial<LlmStreamOptions<number>> = {},
): Promise<AsyncIterableIterator<number>> =>
  flow.llm.stream({ name: 'call', request, ...options }, (_, { signal }) => {
    source.signal = signal;
    return source;
  });

async function onlyEnd(recorded: Recorded): Promise<AtofEvent> {
  const ends = (await recorded.named('call')).filter(
    (event) => event.kind === 'scope' && event.scope_category === 'end',
  );
  expect(ends).toHaveLength(1);
  return ends[0]!;
}

describe('a stream', () => {
  test('is lazy: it is opened at once, and nothing is read before the consumer asks', async () => {
    recordEvents();
    const source = new Source(3);
    const chunks = await open(source);
    expect(source.log).toEqual(['open']);
    expect(await chunks.next()).toEqual({ done: false, value: 1 });
    expect(source.log).toEqual(['open', 'next 1']);
    await chunks.return?.();
  });

  test('has one chunk in flight, however many the consumer asks for at once', async () => {
    recordEvents();
    let inFlight = 0;
    let most = 0;
    const chunks = await flow.llm.stream({ name: 'call', request }, () => ({
      [Symbol.asyncIterator]: () => {
        let count = 0;
        return {
          next: async () => {
            most = Math.max(most, ++inFlight);
            await Promise.resolve();
            inFlight--;
            return count === 5 ? { done: true as const, value: undefined } : { done: false as const, value: ++count };
          },
        };
      },
    }));
    const asked = await Promise.all(Array.from({ length: 8 }, () => chunks.next()));
    expect(asked.map(({ value }) => value as unknown)).toEqual([1, 2, 3, 4, 5, undefined, undefined, undefined]);
    expect(most).toBe(1);
  });

  test('gives the consumer the very chunks of the provider', async () => {
    const sent = [{ a: 1 }, Object.freeze({ b: 2 }), new Map()];
    const chunks = await collect(await flow.llm.stream({ name: 'call', request }, () => streamOf(...sent)));
    for (const [place, chunk] of chunks.entries()) expect(chunk).toBe(sent[place]);
    expect(chunks).toHaveLength(3);
  });

  test.each<[string, () => AsyncIterable<number> | Promise<AsyncIterable<number>>]>([
    ['an async generator', () => streamOf(1, 2)],
    ['a promise of one', async () => streamOf(1, 2)],
    ['a ReadableStream', () => ReadableStream.from([1, 2]) as unknown as AsyncIterable<number>],
    [
      'an iterable without return',
      () => ({ [Symbol.asyncIterator]: () => ({ next: streamOf(1, 2).next.bind(streamOf(1, 2)) }) }),
    ],
  ])('may come from %s', async (_, source) => {
    expect(await collect(await flow.llm.stream({ name: 'call', request }, source))).toEqual([1, 2]);
  });

  test.each([[undefined], ['text'], [[1, 2]], [{ next: 1 }]])(
    'that is %j fails the call and says so',
    async (source) => {
      const recorded = recordEvents();
      const opening = flow.llm.stream({ name: 'call', request }, () => source as never);
      await expect(opening).rejects.toMatchObject({ code: 'FLOW_INVALID_ARGUMENT' });
      await onlyEnd(recorded);
    },
  );

  test('that cannot be opened rejects the promise with the provider’s own error', async () => {
    const recorded = recordEvents();
    const bug = Object.assign(new Error('overloaded'), { code: 'overloaded_error' });
    const opening = flow.llm.stream({ name: 'call', request, data: 'fallback' }, () => Promise.reject(bug));
    await expect(opening).rejects.toBe(bug);
    const end = await onlyEnd(recorded);
    expect(end).toMatchObject({ data: 'fallback', metadata: { 'error.type': 'overloaded_error' } });
  });

  test('says that it is one, in its attributes', async () => {
    const recorded = recordEvents();
    await collect(await open(new Source(1), { attributes: ['stateful'] }));
    for (const event of await recorded.named('call'))
      expect(event).toMatchObject({ attributes: ['stateful', 'streaming'] });
  });

  test('runs its generator inside the call, and its consumer where that is', async () => {
    const recorded = recordEvents();
    const chunks = await flow.scope.run('opener', () =>
      flow.llm.stream({ name: 'call', request }, async function* provider(_, call) {
        expect(flow.scope.current().uuid).toBe(call.uuid);
        yield flow.scope.current().name;
        await Promise.resolve();
        flow.scope.mark('in the provider');
        yield flow.scope.current().name;
      }),
    );
    await flow.scope.run('consumer', async () => {
      for await (const name of chunks) {
        expect(name).toBe('call');
        expect(flow.scope.current().name).toBe('consumer');
        flow.scope.mark('in the consumer');
      }
    });
    const events = await recorded.all();
    const parentOf = (name: string): string =>
      events.find(({ uuid }) => uuid === events.find((event) => event.name === name)?.parent_uuid)!.name;
    expect([parentOf('call'), parentOf('in the provider'), parentOf('in the consumer')]).toEqual([
      'opener',
      'call',
      'consumer',
    ]);
  });
});

describe('a stream has exactly one end event', () => {
  const read = async (chunks: AsyncIterable<number>, count: number): Promise<void> => {
    let left = count;
    for await (const _ of chunks) if (--left === 0) break;
  };

  test('when the consumer reads to the end, also if it goes on asking', async () => {
    const recorded = recordEvents();
    const source = new Source(2);
    const chunks = await open(source);
    expect(await collect(chunks)).toEqual([1, 2]);
    expect(await chunks.next()).toMatchObject({ done: true });
    expect(await chunks.return?.()).toMatchObject({ done: true });
    expect(source.log).toEqual(['open', 'next 1', 'next 2', 'next 3']);
    const { metadata } = await onlyEnd(recorded);
    expect(metadata?.['otel.status_code']).toBe('OK');
    expect(metadata).not.toHaveProperty('cancelled');
  });

  test('when the consumer breaks: the signal is aborted first, then the source is closed', async () => {
    const recorded = recordEvents();
    const source = new Source(5);
    await read(await open(source), 2);
    expect(source.log).toEqual(['open', 'next 1', 'next 2', 'return, aborted: true']);
    const { metadata } = await onlyEnd(recorded);
    expect(metadata).toMatchObject({ cancelled: true });
    expect(metadata?.['otel.status_code']).not.toBe('ERROR');
  });

  test('when the consumer throws, and its error stays its own', async () => {
    const recorded = recordEvents();
    const bug = new Error('bug in the consumer');
    const source = new Source(5);
    const chunks = await open(source);
    const consume = async (): Promise<void> => {
      for await (const _ of chunks) throw bug;
    };
    await expect(consume()).rejects.toBe(bug);
    expect(source.log.at(-1)).toBe('return, aborted: true');
    expect((await onlyEnd(recorded)).metadata).toMatchObject({ cancelled: true });
  });

  test('when the consumer throws into it', async () => {
    const recorded = recordEvents();
    const bug = new TypeError('bug in the consumer');
    const source = new Source(5);
    const chunks = await open(source);
    await chunks.next();
    await expect(chunks.throw?.(bug)).rejects.toBe(bug);
    expect(source.log.at(-1)).toBe('return, aborted: true');
    expect((await onlyEnd(recorded)).metadata).toMatchObject({ 'exception.type': 'TypeError' });
  });

  test('when the consumer returns before it has read anything', async () => {
    const recorded = recordEvents();
    const source = new Source(5);
    const chunks = await open(source);
    await chunks.return?.();
    expect(await chunks.next()).toMatchObject({ done: true });
    expect(source.log).toEqual(['open', 'return, aborted: true']);
    expect((await onlyEnd(recorded)).metadata).toMatchObject({ cancelled: true });
  });

  test('when the consumer returns while a chunk is in flight: that read ends without an error', async () => {
    const recorded = recordEvents();
    const source = new Source(5, 2);
    const chunks = await open(source);
    await chunks.next();
    const inFlight = chunks.next();
    await chunks.return?.();
    expect(await inFlight).toMatchObject({ done: true });
    expect((await onlyEnd(recorded)).metadata).toMatchObject({ cancelled: true });
  });

  test('when the stream is disposed of', async () => {
    const recorded = recordEvents();
    const source = new Source(5);
    const chunks = (await open(source)) as AsyncIterableIterator<number> & AsyncDisposable;
    await chunks.next();
    await chunks[Symbol.asyncDispose]();
    expect(source.log.at(-1)).toBe('return, aborted: true');
    await onlyEnd(recorded);
  });

  test('when the caller aborts, and the consumer gets the abort as its error', async () => {
    const recorded = recordEvents();
    const controller = new AbortController();
    const chunks = await open(new Source(5, 2), { signal: controller.signal });
    await chunks.next();
    const inFlight = chunks.next();
    controller.abort();
    await expect(inFlight).rejects.toBe(controller.signal.reason);
    expect(await chunks.next()).toMatchObject({ done: true });
    expect((await onlyEnd(recorded)).metadata).toMatchObject({ cancelled: true, 'error.type': 'AbortError' });
  });

  test('when the provider fails midway: the consumer gets that very error after the chunks before it', async () => {
    const recorded = recordEvents();
    const bug = Object.assign(new Error('connection lost'), { code: 'ECONNRESET' });
    const seen: number[] = [];
    const chunks = await flow.llm.stream({ name: 'call', request }, async function* provider() {
      yield 1;
      yield 2;
      throw bug;
    });
    const consume = async (): Promise<void> => {
      for await (const chunk of chunks) seen.push(chunk);
    };
    await expect(consume()).rejects.toBe(bug);
    expect(seen).toEqual([1, 2]);
    expect((await onlyEnd(recorded)).metadata).toMatchObject({
      'otel.status_code': 'ERROR',
      'error.type': 'ECONNRESET',
    });
  });

  test('when closing the source fails, with that error for who closes it', async () => {
    const recorded = recordEvents();
    const bug = new Error('cannot close');
    const chunks = await flow.llm.stream({ name: 'call', request }, async function* provider() {
      try {
        yield 1;
      } finally {
        // oxlint-disable-next-line no-unsafe-finally -- that is what is tested
        throw bug;
      }
    });
    await chunks.next();
    await expect(chunks.return?.()).rejects.toBe(bug);
    await onlyEnd(recorded);
  });

  test('also where intercepts wrap it, each of which closes what is inside', async () => {
    const recorded = recordEvents();
    const closed: string[] = [];
    for (const [priority, name] of ['outer', 'inner'].entries())
      forThisTest(
        flow.llm.addStreamExecutionIntercept(
          name,
          async function* wraps(_, next) {
            try {
              for await (const chunk of await next()) yield chunk;
            } finally {
              closed.push(name);
            }
          },
          { priority },
        ),
      );
    const source = new Source(5);
    await read(await open(source), 2);
    expect(closed).toEqual(['inner', 'outer']);
    expect(source.log).toEqual(['open', 'next 1', 'next 2', 'return, aborted: true']);
    expect((await onlyEnd(recorded)).metadata).toMatchObject({ cancelled: true });
  });

  test.runIf(setup.hasSpans)('and one span, which has ended when the last chunk has been asked for', async () => {
    await collect(await open(new Source(2)));
    expect(setup.finishedSpans().map(({ events }) => events.map(({ name }) => name))).toEqual([
      ['atof.start', 'atof.end'],
    ]);
  });
});

describe('what a stream has brought', () => {
  const usage = { prompt_tokens: 3, completion_tokens: 2, total_tokens: 5 };
  const ask = (options: object = {}): Promise<AsyncIterableIterator<object>> =>
    flow.llm.stream({ name: 'call', request, ...options }, () => chunksOf('hello world', usage));
  const textOf = (event: AtofEvent): string | undefined => codecs.openaiChat.decodeResponse(event.data)?.message;

  test('is recorded as the response that its chunks add up to', async () => {
    const recorded = recordEvents();
    await collect(await ask());
    const end = await onlyEnd(recorded);
    expect(codecs.openaiChat.decodeResponse(end.data)).toMatchObject({
      message: 'hello world',
      finish_reason: 'complete',
      usage: { input_tokens: 3, output_tokens: 2 },
    });
  });

  test('is kept when the consumer leaves early', async () => {
    const recorded = recordEvents();
    for await (const _ of await ask()) break;
    const end = await onlyEnd(recorded);
    expect(textOf(end)).toBe('hello');
    expect(end.metadata).toMatchObject({ cancelled: true });
  });

  test('is kept when the provider fails midway', async () => {
    const recorded = recordEvents();
    const chunks = await flow.llm.stream({ name: 'call', request }, async function* provider() {
      for await (const chunk of chunksOf('hello world')) {
        yield chunk;
        if (JSON.stringify(chunk).includes('world')) throw new Error('connection lost');
      }
    });
    await expect(collect(chunks)).rejects.toThrow('connection lost');
    const end = await onlyEnd(recorded);
    expect(textOf(end)).toBe('hello world');
    expect(end.metadata).toMatchObject({ 'otel.status_code': 'ERROR' });
  });

  test('is complete where the consumer leaves after the provider’s last word: nothing was cancelled', async () => {
    const recorded = recordEvents();
    for await (const chunk of await ask()) if (JSON.stringify(chunk).includes('"stop"')) break;
    const { metadata } = await onlyEnd(recorded);
    expect(metadata).toMatchObject({ 'otel.status_code': 'OK' });
    expect(metadata).not.toHaveProperty('cancelled');
  });

  test('is what intercepts made of it', async () => {
    const recorded = recordEvents();
    forThisTest(
      flow.llm.addStreamExecutionIntercept('shouts', async function* shouts(_, next) {
        for await (const chunk of await next()) yield JSON.parse(JSON.stringify(chunk).replace('world', 'WORLD'));
      }),
    );
    await collect(await ask());
    expect(textOf(await onlyEnd(recorded))).toBe('hello WORLD');
  });

  test('comes with the time to the first chunk, counted from the start of the call', async () => {
    const recorded = recordEvents();
    const before = performance.now();
    await collect(await ask());
    const took = (performance.now() - before) / 1000;
    const { category_profile: profile } = await onlyEnd(recorded);
    const time = profile?.['time_to_first_chunk'] as number;
    expect(time).toBeGreaterThan(0);
    expect(time).toBeLessThanOrEqual(took);
    const span = setup.finishedSpans()[0];
    expect(span?.attributes['gen_ai.response.time_to_first_chunk']).toBe(setup.hasSpans ? time : undefined);
  });

  test('has no time to a first chunk that never came', async () => {
    const recorded = recordEvents();
    await collect(await flow.llm.stream({ name: 'call', request }, () => streamOf()));
    expect((await onlyEnd(recorded)).category_profile).not.toHaveProperty('time_to_first_chunk');
  });
});

describe('call.signal of a stream', () => {
  test('says that it was aborted also to who reads it only then', async () => {
    recordEvents();
    let call: CallView | undefined;
    const chunks = await flow.llm.stream({ name: 'call', request }, (_, view) => {
      call = view;
      return streamOf(1, 2);
    });
    await chunks.next();
    await chunks.return?.();
    expect(call?.signal.aborted).toBe(true);
  });

  test('is not aborted by a stream that ended by itself', async () => {
    const source = new Source(1);
    await collect(await open(source));
    expect(source.signal?.aborted).toBe(false);
  });

  test('is aborted for every attempt when the consumer leaves', async () => {
    recordEvents();
    const signals: AbortSignal[] = [];
    forThisTest(
      flow.llm.addStreamExecutionIntercept('twice', async (_, next) => {
        await next();
        return next();
      }),
    );
    const chunks = await flow.llm.stream({ name: 'call', request }, (_, { signal }) => {
      signals.push(signal);
      return streamOf(1, 2);
    });
    await chunks.next();
    await chunks.return?.();
    expect(signals.map(({ aborted }) => aborted)).toEqual([true, true]);
  });
});
