// SPDX-License-Identifier: Apache-2.0
import { now } from '../atof/clock.ts';
import type { Accumulator } from '../codecs/annotated.ts';
import { FlowError } from '../errors.ts';
import { isThenable } from '../pipeline/in-turn.ts';
import { type LayerHost, runLayers } from '../pipeline/layers.ts';
import { withoutRunning } from '../pipeline/registry.ts';
import { withinLimit } from '../pipeline/time-limit.ts';
import { boundChunks } from '../pipeline/bound-chunks.ts';
import { ManagedStream, type StreamEnd } from '../pipeline/stream.ts';
import { describe } from '../pipeline/verdict.ts';
import { bindTo, enterMiddleware } from '../scope/stack.ts';
import { accumulate } from './accumulate.ts';
import { attemptOf } from './attempt.ts';
import type { Call } from './call.ts';
import { CallView } from './call-view.ts';
import { isObserved } from './emit.ts';
import { type Callback, invoke } from './execute.ts';
import { markChunk } from './chunk-mark.ts';
import { begin, decode, fail, finish, prepare, succeed } from './managed.ts';
import { OK, cancelled } from './outcome.ts';
import { report } from './diagnostics.ts';
import { changedInput } from './request-intercepts.ts';

type Chunks = AsyncIterable<unknown>;

/** What the caller does with the chunks beside consuming them. */
export interface StreamObservers {
  /** Sees each chunk before the consumer does; what it throws ends the stream with that error. */
  readonly collector?: ((chunk: never) => unknown) | undefined;
  /** Called once at the end; what it returns is recorded as the response. */
  readonly finalizer?: (() => unknown) | undefined;
}

/** Opens a streaming call through the whole pipeline. Refusals and opening errors reject; everything after that comes through the iterator. */
export async function executeStream(
  call: Call,
  callback: Callback,
  observers: StreamObservers = {},
): Promise<ManagedStream<unknown>> {
  const prepared = prepare(call);
  if (prepared !== undefined) await prepared;
  begin(call);
  const closed = Promise.withResolvers<void>();
  try {
    const layers = withoutRunning(call.chains['llm.stream_execution_intercept'], call.frame.running);
    const own = layers.length === 0;
    // Whether it comes to an inference is up to the intercepts.
    if (!own) call.own = undefined;
    const chunks = own
      ? asChunks(await invoke(call, call.input, callback), `the callback of '${call.name}'`)
      : await runLayers(layers, hostOf(call, callback, closed.promise), call, call.input);
    return observe(call, chunks, { ...observers, onEnd: closed.resolve, own });
  } catch (error) {
    closed.resolve();
    fail(call, error);
    throw error;
  }
}

function asChunks(value: unknown, from: string): Chunks {
  if (typeof (value as Partial<Chunks> | null | undefined)?.[Symbol.asyncIterator] === 'function')
    return value as Chunks;
  throw new FlowError(
    'FLOW_INVALID_ARGUMENT',
    `${from} returned ${describe(value)}; a stream must be an AsyncIterable of chunks`,
  );
}

function hostOf(call: Call, callback: Callback, closed: Promise<void>): LayerHost<Call, unknown, Chunks> {
  return {
    changed: (entry, given, input) => changedInput(call, given, input, entry.name),
    until: () => closed,
    layer: async (entry, at, input, next) => {
      const running = { entry, outer: call.frame.running };
      const returned = enterMiddleware(at, running, call.frame.quiet, () =>
        (entry.callback as (view: CallView, next: unknown) => unknown)(new CallView(at, input), next),
      );
      const value: unknown = await withinLimit(entry, returned, () => at.giveUp());
      const chunks = asChunks(value, `stream execution intercept '${entry.name}'`);
      // What the intercept does while its stream is read is still done inside of it.
      return boundChunks(chunks, bindTo(at, { ...call.frame, running }));
    },
    call: async (at, input) => {
      // What intercepts make of the chunks is recorded on the call; what its own inference sent, and used, is read here.
      const own = isObserved(at, at.chains) ? accumulate(at) : undefined;
      at.own = liveResult(own);
      const chunks = asChunks(await invoke(at, input, callback), `the callback of '${call.name}'`);
      return boundChunks(chunks, bindTo(at, call.frame), own?.push);
    },
    attempt: async (at, input, rest) => {
      const attempt = attemptOf(call, at, input);
      attempt.own = undefined;
      begin(attempt);
      try {
        return observe(attempt, await rest(attempt), { own: false });
      } catch (error) {
        fail(attempt, error);
        throw error;
      }
    },
  };
}

// What a call holds must not lead to its callbacks: through them it may hold the stream, which then never counts as abandoned.
function liveResult(accumulator: Accumulator | undefined): NonNullable<Call['own']> {
  return {
    get result() {
      return accumulator?.response();
    },
  };
}

interface Observing extends StreamObservers {
  readonly onEnd?: () => void;
  /** The chunks come straight from the call's own inference. */
  readonly own: boolean;
}

function observe(call: Call, chunks: Chunks, observing: Observing): ManagedStream<unknown> {
  const { collector } = observing;
  const accumulator = isObserved(call, call.chains) ? accumulate(call) : undefined;
  if (observing.own) call.own = liveResult(accumulator);
  let seen = 0;
  return new ManagedStream<unknown>(chunks, {
    within: bindTo(call, call.frame),
    chunk(chunk) {
      if (seen === 0) call.timeToFirstChunk = (now() - call.startMicros) / 1e6;
      markChunk(call, chunk, seen++);
      accumulator?.push(chunk);
      if (collector === undefined) return undefined;
      const collected: unknown = (collector as (chunk: unknown) => unknown)(chunk);
      return isThenable(collected) ? (collected as PromiseLike<void>) : undefined;
    },
    abort: () => call.abort(),
    end(end) {
      observing.onEnd?.();
      closeStream(call, end, responseOf(call, accumulator, observing), observing.own);
    },
  });
}

function responseOf(call: Call, accumulator: Accumulator | undefined, { finalizer }: Observing): unknown {
  if (finalizer !== undefined)
    try {
      const value: unknown = finalizer();
      if (value !== undefined && !(value instanceof Promise)) return value;
      if (value instanceof Promise) {
        value.catch(() => undefined);
        throw new TypeError('a finalizer must return the response itself, not a promise');
      }
    } catch (error) {
      report('finalizer', call.name, error);
    }
  return accumulator?.response();
}

/** Records the end of a streaming call with what it had brought by then. */
export function closeStream(call: Call, end: StreamEnd, response: unknown, own: boolean): void {
  if (own) call.own = { result: response };
  if (end.how === 'finished') succeed(call, response);
  else if (end.how === 'failed') fail(call, end.error, response);
  else if (isComplete(call, response)) finish(call, response, OK);
  else
    finish(
      call,
      response,
      cancelled(end.how === 'closed' ? 'the consumer closed the stream' : 'the stream was abandoned'),
    );
}

// A consumer that leaves after the provider's last word has cancelled nothing.
function isComplete(call: Call, response: unknown): boolean {
  return decode(call, response)?.finish_reason !== undefined;
}
