// SPDX-License-Identifier: Apache-2.0
import { getRuntime } from '../api/runtime.ts';
import type { Call, LlmRequest } from '../runtime/call.ts';
import type { Endpoint, Exchange, Send, Sending } from './exchange.ts';
import type { BodySink } from './body-sink.ts';
import { tapResponse } from './response-tap.ts';
import { bufferedSink, streamSink } from './tap-call.ts';

/** Runs an exchange that nothing wraps: the provider's own Response reaches the SDK, and the call ends when its body has been read. */
export async function observeExchange(call: Call, endpoint: Endpoint, send: Send): Promise<Exchange> {
  const { internals } = getRuntime();
  const prepared = internals.prepare(call);
  if (prepared !== undefined) {
    // Who aborts meanwhile gets what the SDK makes of that, and no request goes out: the signal is aborted.
    if (await isAborted(prepared, call.signal)) return send(call.input as LlmRequest, {});
  }
  internals.begin(call);
  const sending: Sending = {};
  // Of the exchange only what does not hold the response: the sink must not keep it from being collected.
  const tap = (at: Call, exchange: Exchange): void => {
    const { controller } = exchange;
    if (!internals.isObserved(at, at.chains)) {
      internals.succeed(at, undefined);
      return;
    }
    const makeSink = (): BodySink =>
      at.streaming ? streamSink(internals, at, endpoint, () => controller.signal.aborted) : bufferedSink(internals, at);
    exchange.response = tapResponse(exchange.response, makeSink);
  };
  try {
    const exchange = await internals.enter(
      call,
      () => send(internals.outgoing(call, call.input) as LlmRequest, sending),
      call.frame,
    );
    tap(call, exchange);
    // A body that timed out has ended the call; what the SDK sends again is an inference of its own.
    const again = (next: Exchange): void => {
      const attempt = internals.attemptOf(call, call, call.input);
      internals.begin(attempt);
      tap(attempt, next);
    };
    // Not a literal assigned to the property: V8 would allocate that among the long-lived objects, with the call it holds.
    sending.again = again;
    return exchange;
  } catch (error) {
    internals.fail(call, error);
    throw error;
  }
}

/** Waits for either. False when the work has finished first; throws what it throws. */
async function isAborted(work: Promise<void>, signal: AbortSignal): Promise<boolean> {
  const aborted = Promise.withResolvers<boolean>();
  const abort = (): void => aborted.resolve(true);
  if (signal.aborted) abort();
  else signal.addEventListener('abort', abort, { once: true });
  try {
    return await Promise.race([work.then(() => false), aborted.promise]);
  } finally {
    signal.removeEventListener('abort', abort);
  }
}
