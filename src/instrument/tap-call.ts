// SPDX-License-Identifier: Apache-2.0
import { now } from '../atof/clock.ts';
import type { Internals } from '../api/runtime.ts';
import type { Accumulator } from '../codecs/annotated.ts';
import type { StreamEnd } from '../pipeline/stream.ts';
import type { Call } from '../runtime/call.ts';
import type { Endpoint } from './exchange.ts';
import type { BodySink } from './body-sink.ts';
import { SseDecoder } from './sse.ts';
import { isErrorChunk } from './synthetic-response.ts';

/** Closes the call with the JSON body that its reader reads. */
export function bufferedSink(internals: Internals, call: Call): BodySink {
  // Who reads JSON or text needs none, and that is nearly everybody.
  let decoder: InstanceType<typeof TextDecoder> | undefined;
  let text = '';
  let parsed: { json: unknown } | undefined;
  return {
    push(bytes) {
      text += typeof bytes === 'string' ? bytes : (decoder ??= new TextDecoder()).decode(bytes, { stream: true });
    },
    parsed: (json) => void (parsed = { json }),
    end() {
      if (call.ended) return;
      try {
        const result: unknown = parsed === undefined ? (text === '' ? undefined : JSON.parse(text)) : parsed.json;
        call.own = { result };
        internals.succeed(call, result);
      } catch (error) {
        internals.fail(call, withoutContent(error), text);
      }
    },
    fail: (error) => internals.fail(call, withoutContent(error)),
    cancel: (how) => internals.closeStream(call, { how }, undefined, true),
  };
}

// A parser's own message quotes the body, which is content.
const withoutContent = (error: unknown): unknown =>
  error instanceof SyntaxError ? new SyntaxError('the response body is no JSON', { cause: error }) : error;

/** Closes the call with what the chunks of a server-sent event stream add up to, however far its reader reads. */
export function streamSink(
  internals: Internals,
  call: Call,
  { sentinel }: Endpoint,
  isAborted: () => boolean,
): BodySink {
  const accumulator: Accumulator | undefined = call.codec?.accumulator();
  let seen = 0;
  const close = (end: StreamEnd): void => {
    if (!call.ended) internals.closeStream(call, end, accumulator?.response(), true);
  };
  const item = (chunk: unknown): void => {
    if (call.ended) return;
    if (seen === 0) call.timeToFirstChunk = (now() - call.startMicros) / 1e6;
    if (isErrorChunk(chunk)) close({ how: 'failed', error: providerError(chunk) });
    else {
      internals.markChunk(call, chunk, seen++);
      accumulator?.push(chunk);
    }
  };
  // Who reads the SDK's own stream needs none, and that is nearly everybody.
  let decoder: SseDecoder | undefined;
  const decode = (data: string): void => {
    if (data === sentinel) close({ how: 'finished' });
    else item(parse(data));
  };
  return {
    push: (bytes) => (decoder ??= new SseDecoder(decode)).push(bytes),
    parsed: () => undefined,
    item,
    // An SDK's own stream ends without an error for who aborts the request.
    end() {
      decoder?.close();
      close({ how: decoder === undefined && isAborted() ? 'closed' : 'finished' });
    },
    // Who aborts the request has stopped on purpose; the socket reports that as an error.
    fail: (error) => close(isAborted() ? { how: 'closed' } : { how: 'failed', error: streamedError(error) }),
    cancel: (how) => close({ how }),
  };
}

// An SDK makes an error of its own of the provider's event, and has the event in it.
function streamedError(error: unknown): unknown {
  const { error: event, status } = (error ?? {}) as { error?: unknown; status?: unknown };
  return typeof event === 'object' && event !== null && status === undefined ? providerError(event) : error;
}

function parse(data: string): unknown {
  try {
    return JSON.parse(data);
  } catch {
    return undefined;
  }
}

/** The provider's error event as an error: its type or code as name, its message as message. */
export function providerError(chunk: unknown): Error & { code: string } {
  const { error } = chunk as { error?: unknown };
  const { message, type, code } = (typeof error === 'object' && error !== null ? error : chunk) as Record<
    string,
    unknown
  >;
  const made = new Error(typeof message === 'string' ? message : 'the provider sent an error event');
  return Object.assign(made, {
    name: 'ProviderError',
    code: ['string', 'number'].includes(typeof code)
      ? String(code)
      : typeof type === 'string'
        ? type
        : 'provider_error',
  });
}
