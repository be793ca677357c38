// SPDX-License-Identifier: Apache-2.0
import { setImmediate as macrotask } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { type AtofEvent, codecs, flow } from '../../src/api/index.ts';
import { type Recorded, recordEvents } from '../support/setups/record-events.ts';
import { collect, forThisTest, streamOf } from './families.ts';
import { chunksOf } from './provider.ts';

const request = { content: { model: 'm', messages: [{ role: 'user', content: 'hello' }] } };
const collectGarbage = globalThis.gc as () => void;

/** Collects garbage until the streams named `call` have as many ends. */
async function endsOf(recorded: Recorded, count: number): Promise<readonly AtofEvent[]> {
  for (;;) {
    collectGarbage();
    await macrotask();
    const ends = (await recorded.named('call')).filter(
      (event) => event.kind === 'scope' && event.scope_category === 'end',
    );
    if (ends.length >= count) return ends;
  }
}

describe('a stream that nobody holds any more', () => {
  test('ends once, as cancelled, whether it was read in part or never', async () => {
    const recorded = recordEvents();
    const begin = async (read: boolean): Promise<void> => {
      const chunks = await flow.llm.stream({ name: 'call', request }, () => chunksOf('hello world'));
      if (read) await chunks.next();
    };
    for (let i = 0; i < 20; i++) await begin(i % 2 === 0);
    const ends = await endsOf(recorded, 20);
    expect(new Set(ends.map(({ uuid }) => uuid)).size).toBe(20);
    for (const { metadata } of ends) {
      expect(metadata).toMatchObject({ cancelled: true });
      expect(metadata?.['otel.status_code']).not.toBe('ERROR');
    }
    collectGarbage();
    await macrotask();
    expect(await endsOf(recorded, 20)).toHaveLength(20);
  });

  test('keeps what it had brought', async () => {
    const recorded = recordEvents();
    await (await flow.llm.stream({ name: 'call', request }, () => chunksOf('hello world'))).next();
    const [end] = await endsOf(recorded, 1);
    expect(codecs.openaiChat.decodeResponse(end?.data)?.message).toBe('hello');
  });

  test('calls its finalizer once', async () => {
    const recorded = recordEvents();
    let calls = 0;
    await flow.llm.stream({ name: 'call', request, finalizer: () => ++calls }, () => streamOf(1));
    const [end] = await endsOf(recorded, 1);
    expect([calls, end?.data]).toEqual([1, 1]);
  });

  test('ends also where intercepts and attempts wrap it', async () => {
    const recorded = recordEvents();
    forThisTest(
      flow.llm.addStreamExecutionIntercept('falls back', async function* fallsBack(_, next) {
        yield* await next();
        yield* await next();
      }),
    );
    const begin = async (): Promise<void> => {
      const chunks = await flow.llm.stream({ name: 'call', request }, () => streamOf(1, 2));
      for (let i = 0; i < 3; i++) await chunks.next();
    };
    await begin();
    const ends = await endsOf(recorded, 2);
    expect(ends.map(({ metadata }) => metadata?.['flow.attempt'] ?? 1).toSorted()).toEqual([1, 2]);
  });

  test('aborts the signal of its call, so that the provider can stop', async () => {
    const recorded = recordEvents();
    const signals: AbortSignal[] = [];
    await flow.llm.stream({ name: 'call', request }, (_, { signal }) => {
      signals.push(signal);
      return streamOf(1, 2);
    });
    await endsOf(recorded, 1);
    expect(signals[0]?.aborted).toBe(true);
  });

  test('ends also where its own callback and its intercepts lead to it', async () => {
    const recorded = recordEvents();
    forThisTest(flow.llm.addStreamExecutionIntercept('passes', (_, next) => next()));
    class Chat {
      readonly #model = [1, 2];
      #stream: AsyncIterator<unknown> | undefined;

      async ask(): Promise<unknown> {
        this.#stream = await flow.llm.stream({ name: 'call', request }, () => streamOf(...this.#model));
        return this.#stream.next();
      }
    }
    await new Chat().ask();
    expect(await endsOf(recorded, 1)).toHaveLength(1);
  });

  test('is given up also while its provider hangs', async () => {
    const recorded = recordEvents();
    const begin = async (): Promise<void> => {
      const chunks = await flow.llm.stream({ name: 'call', request }, async function* provider() {
        yield 1;
        await new Promise(() => undefined);
      });
      await chunks.next();
      void chunks.next();
    };
    await begin();
    expect(await endsOf(recorded, 1)).toHaveLength(1);
  });
});

test('a stream that is still held is not given up, however long it is not read', async () => {
  const recorded = recordEvents();
  const held = await flow.llm.stream({ name: 'call', request }, () => streamOf(1, 2));
  await held.next();
  for (let i = 0; i < 4; i++) {
    collectGarbage();
    await macrotask();
  }
  expect(await recorded.named('call')).toHaveLength(1);
  expect(await collect(held)).toEqual([2]);
  expect(await endsOf(recorded, 1)).toHaveLength(1);
});

test('streams that were read to their end leave nothing behind', async () => {
  recordEvents();
  const calls: WeakRef<object>[] = [];
  for (let i = 0; i < 20; i++)
    await collect(
      await flow.llm.stream({ name: 'call', request }, (_, call) => {
        calls.push(new WeakRef(call));
        return streamOf(1);
      }),
    );
  await flow.flush();
  while (calls.some((call) => call.deref() !== undefined)) {
    await macrotask();
    collectGarbage();
  }
  expect(calls).toHaveLength(20);
});
