// SPDX-License-Identifier: Apache-2.0
import type { Application } from './application.ts';
import { thrownBy } from './errors.ts';
import { anything, isWaitedFor } from './payloads.ts';
import type { Random } from './random.ts';

/** How a source of chunks behaves. `honest`: a consumer gets its chunks, and what it throws, and nothing else. */
export interface Source {
  readonly chunks: AsyncIterable<unknown>;
  readonly honest: boolean;
  /** What it throws after its chunks. */
  readonly failure?: { readonly error: unknown };
}

/** A source of these chunks. */
export function sourceFor(app: Application, random: Random, chunks: readonly unknown[]): AsyncIterable<unknown> {
  return makeSource(app, random, chunks).chunks;
}

/** {@link sourceFor}, with what is to be expected of it. */
export function makeSource(app: Application, random: Random, chunks: readonly unknown[]): Source {
  const failure = random.chance(0.2) ? { failure: { error: thrownBy(app, random) } } : {};
  const shape = random.below(10);
  // A generator waits for what it yields.
  if (shape < 5)
    return { chunks: generated(app, chunks, failure.failure), honest: !chunks.some(isWaitedFor), ...failure };
  if (shape < 7) return { chunks: byHand(chunks, failure.failure), honest: true, ...failure };
  return { chunks: odd(app, random, chunks), honest: false };
}

async function* generated(
  app: Application,
  chunks: readonly unknown[],
  failure?: { readonly error: unknown },
): AsyncGenerator<unknown> {
  for (const chunk of chunks) {
    if (app.random.chance(0.05)) await new Promise((resolve) => void setImmediate(resolve));
    yield chunk;
  }
  if (failure !== undefined) throw failure.error;
}

// The least that an iterator can be: no `return`, results at once.
function byHand(chunks: readonly unknown[], failure?: { readonly error: unknown }): AsyncIterable<unknown> {
  let at = 0;
  const next = async (): Promise<IteratorResult<unknown>> => {
    if (at < chunks.length) return { done: false, value: chunks[at++] };
    if (failure !== undefined) throw failure.error;
    return { done: true, value: undefined };
  };
  return { [Symbol.asyncIterator]: () => ({ next }) };
}

function odd(app: Application, random: Random, chunks: readonly unknown[]): AsyncIterable<unknown> {
  let at = 0;
  const fails = (): never => {
    throw thrownBy(app, random);
  };
  const good = async (): Promise<unknown> =>
    at < chunks.length ? { done: false, value: chunks[at++] } : { done: true, value: 'last' };
  const next = random.pick<() => unknown>([
    good,
    good,
    fails,
    async () => fails(),
    () => (at++ < 3 ? { done: false, value: chunks[0] } : { done: true }),
    async () => (at++ < 2 ? { value: 1 } : anything(app, random)),
    async () => (at++ < 2 ? Object.freeze({ done: 0, value: 1 }) : { done: 'yes' }),
    () => app.released.then(() => ({ done: true })),
  ]);
  const close = random.pick<unknown>([
    async () => ({ done: true, value: undefined }),
    undefined,
    null,
    fails,
    async () => fails(),
    () => anything(app, random),
    'no function',
    () => app.released,
  ]);
  const iterator = random.pick<() => unknown>([
    () => ({ next, return: close }),
    () => ({ next, return: close }),
    () => ({ next, return: close }),
    () => ({ next, return: close, throw: close }),
    fails,
    () => anything(app, random),
  ]);
  return { [Symbol.asyncIterator]: iterator } as AsyncIterable<unknown>;
}
