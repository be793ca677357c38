// SPDX-License-Identifier: Apache-2.0
import { flow } from '../../src/api/index.ts';
import type { Application } from './application.ts';
import { type Watched, callbackFor, checkOutcome, checkRefusal, checkRequests, commonOptions } from './calls.ts';
import { thrownBy } from './errors.ts';
import { chunkBody, headersFor, requestBody } from './models.ts';
import { anything } from './payloads.ts';
import type { Random } from './random.ts';
import { type Source, makeSource } from './sources.ts';

type Stream = AsyncIterableIterator<unknown> & AsyncDisposable;

/** A streaming model call, consumed in some way, and whether it went as it must. */
export async function streamCall(app: Application, random: Random, depth: number): Promise<void> {
  const headers = headersFor(app, random);
  const content = requestBody(app, random);
  const request = headers === undefined ? { content } : { headers, content };
  const chunks = Array.from({ length: random.below(5) }, () => chunkBody(app, random));
  const source = makeSource(app, random, chunks);
  const answer = random.chance(0.9) ? source.chunks : anything(app, random);
  const watched: Watched = callbackFor(app, random, depth, () => answer);
  const observers = observersFor(app, random);
  const settled = await app.settle('a stream', () =>
    flow.llm.stream({ ...commonOptions(app, random), ...observers, request } as never, watched.callback as never),
  );
  checkRequests(app, 'stream', watched.runs, request);
  if (!settled.ok) {
    const ran = watched.runs[0];
    if (!app.powers.stream.outcome && ran === undefined) checkRefusal(app, 'stream', settled);
    if (ran?.threw !== undefined) checkOutcome(app, 'stream', watched.runs, settled);
    return;
  }
  const expected =
    app.powers.stream.outcome || observers !== undefined || answer !== source.chunks ? undefined : source;
  await consume(app, random, settled.value as Stream, chunks, expected);
}

function observersFor(app: Application, random: Random): object | undefined {
  if (random.chance(0.7)) return undefined;
  const own = random.fork();
  return {
    collector: () => (own.chance(0.1) ? Promise.reject(thrownBy(app, own)) : anything(app, own)),
    finalizer: () => {
      if (own.chance(0.3)) throw thrownBy(app, own);
      return anything(app, own);
    },
  };
}

async function consume(
  app: Application,
  random: Random,
  stream: Stream,
  chunks: readonly unknown[],
  expected: Source | undefined,
): Promise<void> {
  switch (random.below(8)) {
    case 0:
      app.leavesOpen = true;
      return;
    case 1:
      await Promise.all([1, 2, 3].map(() => app.settle('a pull', () => stream.next())));
      break;
    case 2:
      await app.settle('a pull', () => stream.next());
      await app.settle('an early return', () => stream.return?.());
      break;
    case 3: {
      const error = thrownBy(app, random);
      const settled = await app.settle('a consumer that throws', async () => {
        for await (const _ of stream) throw error;
      });
      if (!settled.ok && chunks.length > 0 && expected?.honest === true && !Object.is(settled.error, error))
        app.violated("the consumer's own error was replaced", settled.error);
      break;
    }
    case 4:
      await app.settle('a throw', () => stream.throw?.(thrownBy(app, random)));
      break;
    default:
      await readAll(app, stream, chunks, expected);
  }
  await app.settle('a close', () => stream[Symbol.asyncDispose]());
  const after = await app.settle('a pull of a closed stream', () => stream.next());
  if (!after.ok || (after.value as IteratorResult<unknown>).done !== true)
    app.violated('a closed stream still gives chunks');
}

async function readAll(
  app: Application,
  stream: Stream,
  chunks: readonly unknown[],
  expected: Source | undefined,
): Promise<void> {
  const got: unknown[] = [];
  const settled = await app.settle('a stream that is read', async () => {
    for await (const chunk of stream) got.push(chunk);
  });
  if (expected?.honest !== true) return;
  if (got.length !== chunks.length || got.some((chunk, index) => !Object.is(chunk, chunks[index])))
    app.violated(`a stream of ${chunks.length} chunks gave ${got.length}, or others`);
  const { failure } = expected;
  const wrong = failure === undefined ? !settled.ok : settled.ok || !Object.is(settled.error, failure.error);
  if (wrong) app.violated('a stream did not end as its source did', settled.ok ? 'it ended well' : settled.error);
}
