// SPDX-License-Identifier: Apache-2.0
import type { ValueCodec } from '../codecs/value-codec.ts';
import type { LlmRequest } from '../runtime/call.ts';
import { checkFunction, invalid } from '../runtime/checks.ts';
import type { Callback } from '../runtime/execute.ts';
import type { StreamObservers } from '../runtime/execute-stream.ts';

/** Codecs of one call by what they translate; `request` translates the content of a model request. */
export type ValueCodecs = {
  readonly [Name in 'args' | 'result' | 'request' | 'response' | 'chunk']?: ValueCodec<never> | undefined;
};

type Chunks = AsyncIterableIterator<unknown> & AsyncDisposable;

/** Checks the codecs of a call: each a `{ toJson, fromJson }`, and no name that this kind of call does not have. */
export function checkValueCodecs(where: string, given: unknown, names: readonly string[]): ValueCodecs | undefined {
  if (given === undefined) return undefined;
  const what = `valueCodecs must be an object with any of ${names.join(', ')}`;
  if (typeof given !== 'object' || given === null) return invalid(where, what, given);
  for (const [name, codec] of Object.entries(given)) {
    if (!names.includes(name)) invalid(where, `${what}; '${name}' is none of them`, given);
    if (codec === undefined) continue;
    const { toJson, fromJson } = (codec ?? {}) as Partial<ValueCodec<unknown>>;
    if (typeof toJson !== 'function' || typeof fromJson !== 'function')
      invalid(where, `valueCodecs.${name} must be { toJson, fromJson }`, codec);
  }
  return given as ValueCodecs;
}

function atOnce(method: string, result: unknown): unknown {
  if (!(result instanceof Promise)) return result;
  result.catch(() => undefined);
  return invalid('value codec', `${method} must return the value itself`, result);
}

/** The JSON form of a value; the value itself without a codec. */
export function encode(codec: ValueCodec<never> | undefined, value: unknown): unknown {
  return codec === undefined ? value : atOnce('toJson', codec.toJson(value as never));
}

/** The value of a JSON form; the form itself without a codec. */
export function decode(codec: ValueCodec<never> | undefined, json: unknown): unknown {
  return codec === undefined ? json : atOnce('fromJson', codec.fromJson(json));
}

/** The arguments or the request as the application's function wants them. */
export function decodeInput({ args, request }: ValueCodecs, input: unknown): unknown {
  if (args !== undefined) return decode(args, input);
  if (request === undefined) return input;
  const { headers, content } = input as LlmRequest;
  return { headers, content: decode(request, content) };
}

/** The callback as the pipeline calls it, with JSON on both sides. */
export function jsonCallback(codecs: ValueCodecs, callback: Callback): Callback {
  return async (input: unknown, view) => {
    const value = await callback(decodeInput(codecs, input) as never, view);
    return encode(codecs.result ?? codecs.response, value);
  };
}

/** {@link jsonCallback} of a stream: its chunks as JSON, still pulled one by one. */
export function jsonStreamCallback(codecs: ValueCodecs, callback: Callback): Callback {
  return async (input: unknown, view) => {
    const chunks = (await callback(decodeInput(codecs, input) as never, view)) as AsyncIterable<unknown>;
    // What is no stream is refused by the pipeline, which says so.
    if (codecs.chunk === undefined || typeof chunks?.[Symbol.asyncIterator] !== 'function') return chunks;
    return {
      [Symbol.asyncIterator]: () => mapped(chunks[Symbol.asyncIterator](), (chunk) => encode(codecs.chunk, chunk)),
    };
  };
}

/** Collector and finalizer as the pipeline calls them, with JSON. */
export function jsonObservers(codecs: ValueCodecs, { collector, finalizer }: StreamObservers): StreamObservers {
  return {
    collector: collector && ((chunk: unknown) => collector(decode(codecs.chunk, chunk) as never)),
    finalizer: finalizer && (() => encodePresent(codecs.response, finalizer())),
  };
}

const encodePresent = (codec: ValueCodec<never> | undefined, value: unknown): unknown =>
  value === undefined || value instanceof Promise ? value : encode(codec, value);

/** The managed stream with the chunks that the application works with. A chunk that cannot be decoded ends it with that error. */
export function typedStream(codecs: ValueCodecs, stream: Chunks): Chunks {
  if (codecs.chunk === undefined) return stream;
  const steps = mapped(stream, (chunk) => decode(codecs.chunk, chunk));
  const typed: Chunks = {
    next: steps.next,
    return: () => stream.return?.() as Promise<IteratorResult<unknown>>,
    throw: (error: unknown) => stream.throw?.(error) as Promise<IteratorResult<unknown>>,
    [Symbol.asyncIterator]: () => typed,
    [Symbol.asyncDispose]: () => stream[Symbol.asyncDispose](),
  };
  return typed;
}

function mapped(source: AsyncIterator<unknown>, map: (chunk: unknown) => unknown): AsyncIterator<unknown> {
  return {
    async next() {
      const step = await source.next();
      if (step.done) return step;
      try {
        return { done: false, value: map(step.value) };
      } catch (error) {
        if (source.throw === undefined) await source.return?.();
        else await source.throw(error);
        throw error;
      }
    },
    return: async () => (await source.return?.()) ?? { done: true, value: undefined },
  };
}

/** A function given for `where`, checked. */
export const callbackOf = (where: string, fn: unknown): Callback => checkFunction(where, fn) as Callback;
