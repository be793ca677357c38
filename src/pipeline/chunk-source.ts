// SPDX-License-Identifier: Apache-2.0
import { FlowError } from '../errors.ts';
import { describe } from './verdict.ts';

/** The iterator of a stream that an application or an SDK made. Throws `FLOW_INVALID_ARGUMENT` where it gives none. */
export function openSource<Chunk>(chunks: AsyncIterable<Chunk>): AsyncIterator<Chunk> {
  const source: unknown = chunks[Symbol.asyncIterator]();
  if (isObject(source) && typeof (source as { next?: unknown }).next === 'function')
    return source as AsyncIterator<Chunk>;
  throw new FlowError(
    'FLOW_INVALID_ARGUMENT',
    `[Symbol.asyncIterator]() of a stream returned ${describe(source)}; it must return an iterator, an object with next()`,
  );
}

/** What the iterator's `next()` resolved to. Throws `FLOW_INVALID_ARGUMENT` where that is no result. */
export function checkStep<Result>(result: Result): Result {
  if (isObject(result)) return result;
  throw new FlowError(
    'FLOW_INVALID_ARGUMENT',
    `next() of a stream resolved to ${describe(result)}; it must resolve to { done, value }`,
  );
}

/** Tells the iterator that nobody wants more, where it can be told. */
export function closeSource(source: AsyncIterator<unknown>): unknown {
  const close: unknown = source.return;
  return typeof close === 'function' ? close.call(source) : undefined;
}

const isObject = (value: unknown): boolean =>
  (typeof value === 'object' && value !== null) || typeof value === 'function';
