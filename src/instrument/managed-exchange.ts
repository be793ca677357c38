// SPDX-License-Identifier: Apache-2.0
/* oxlint-disable typescript/no-explicit-any -- handles a foreign SDK's private objects */
import { getRuntime } from '../api/runtime.ts';
import { FlowError } from '../errors.ts';
import type { Call, LlmRequest } from '../runtime/call.ts';
import type { Endpoint, Exchange, Send, Sending } from './exchange.ts';
import type { BodySink } from './body-sink.ts';
import { tapResponse } from './response-tap.ts';
import { SseDecoder, UnreadableEvent } from './sse.ts';
import { askForUsage, asksForUsage, hideUsage } from './stream-usage.ts';
import { type ResponseOrigin, isErrorChunk, jsonResponse, rewind, sseResponse } from './synthetic-response.ts';
import { providerError } from './tap-call.ts';

/** One answer of the provider as intercepts got it. */
interface Received {
  readonly exchange: Exchange;
  readonly json: unknown;
  /** The body as it came. */
  readonly text: string;
  /** The JSON as it was then: an intercept may change it in place. */
  readonly printed: string | undefined;
}

/**
 * Runs an exchange that intercepts wrap: they see and return provider-shaped JSON or chunks, the SDK gets a Response again. An untouched result
 * is the provider's own Response, made readable once more.
 */
export function manageExchange(
  client: any,
  call: Call,
  endpoint: Endpoint,
  options: any,
  send: Send,
): Promise<Exchange> {
  return call.streaming
    ? manageStream(call, endpoint, options, send)
    : manageJson(client, call, endpoint, options, send);
}

async function manageJson(client: any, call: Call, endpoint: Endpoint, options: any, send: Send): Promise<Exchange> {
  const answers: Received[] = [];
  const result = await getRuntime().internals.execute(call, async (request: LlmRequest) => {
    const received = await readJson(client, request, send);
    answers.push(received);
    return received.json;
  });
  const own = answers.findLast(({ json }) => Object.is(json, result));
  if (own !== undefined && JSON.stringify(result) === own.printed) {
    rewind(own.exchange.response, own.text);
    return { ...own.exchange, startTime: Date.now() };
  }
  if (result === undefined)
    throw new FlowError(
      'FLOW_INVALID_ARGUMENT',
      `an execution intercept of '${call.name}' returned undefined; return the response, for instance what next() resolves to`,
    );
  const { content } = call.input as LlmRequest;
  const last = answers.at(-1)?.exchange;
  return answer(options, last, jsonResponse(endpoint.encodeResult?.(result, content) ?? result, originOf(last)));
}

async function manageStream(call: Call, endpoint: Endpoint, options: any, send: Send): Promise<Exchange> {
  const asks = asksForUsage(call, endpoint);
  let last: Exchange | undefined;
  const chunks = await getRuntime().internals.executeStream(call, async (request: LlmRequest) => {
    const exchange = await send(asks ? askForUsage(request) : request, {});
    last = exchange;
    // A read that waits for the provider ends only with the request.
    call.signal.addEventListener('abort', () => exchange.controller.abort(), { once: true });
    return decodeChunks(exchange, endpoint.sentinel);
  });
  // The client that asks the printed body whether that is a stream has not done so where nothing was sent.
  return answer(
    { ...options, stream: true },
    last,
    sseResponse(asks ? hideUsage(chunks) : chunks, originOf(last), endpoint.sentinel),
  );
}

function answer(options: any, last: Exchange | undefined, response: Response): Exchange {
  // Without a real exchange there is nothing to take these from; they are what the SDK itself would have made.
  const made = { options, controller: new AbortController(), requestLogID: 'log_flow', retryOfRequestLogID: undefined };
  const exchange = { ...made, ...last, response, startTime: Date.now() };
  if (last === undefined || !hasOwnFraming(last.response)) return exchange;
  // What we give is read as any other stream.
  const { __streamClass: _, ...rest } = last.options;
  return { ...exchange, options: rest };
}

/** Bedrock's, which the client itself reads. */
const hasOwnFraming = ({ headers }: Response): boolean =>
  headers.get('content-type')?.includes('amazon.eventstream') === true;

function originOf(exchange: Exchange | undefined): ResponseOrigin | undefined {
  if (exchange === undefined) return undefined;
  const { status, headers, url } = exchange.response;
  return { status, headers: new Headers([...headers]), url };
}

async function readJson(client: any, request: LlmRequest, send: Send): Promise<Received> {
  let text = '';
  const capture = (exchange: Exchange): void => {
    text = '';
    const add = (part: string): void => void (text += part);
    exchange.response = tapResponse(exchange.response, () => collect(add));
  };
  const sending: Sending = {};
  const exchange = await send(request, sending);
  capture(exchange);
  sending.again = capture;
  // Reads as the SDK reads: its own time limit on bodies, its own retries of them, its own errors. Its log line is for its own reading.
  const silent: unknown = Object.create(client, { logLevel: { value: 'off' } });
  const json: unknown =
    typeof client.parseResponseWithTimeout === 'function'
      ? await client.parseResponseWithTimeout(silent, exchange)
      : await jsonOf(exchange.response);
  return { exchange, json, text, printed: JSON.stringify(json) };
}

// A mock may have no more than the SDK reads.
async function jsonOf(response: Response): Promise<unknown> {
  return typeof response.text === 'function' ? JSON.parse(await response.text()) : response.json();
}

function collect(add: (text: string) => void): BodySink {
  const decoder = new TextDecoder();
  const ignore = (): undefined => undefined;
  return {
    push: (bytes) => add(typeof bytes === 'string' ? bytes : decoder.decode(bytes, { stream: true })),
    parsed: (json) => add(JSON.stringify(json)),
    end: ignore,
    fail: ignore,
    cancel: ignore,
  };
}

async function* decodeChunks(
  { response, options, controller }: Exchange,
  sentinel: string | undefined,
): AsyncGenerator<unknown> {
  const body = response.body as (ReadableStream<Uint8Array> & AsyncIterable<Uint8Array>) | null;
  if (body === null) return;
  // What cannot be read must not look like a stream without chunks.
  if (hasOwnFraming(response)) {
    if (typeof options.__streamClass?.fromSSEResponse === 'function') {
      yield* options.__streamClass.fromSSEResponse(response, controller);
      return;
    }
    const type = response.headers.get('content-type');
    throw new FlowError('FLOW_INTERCEPT_FAILED', `a stream execution intercept cannot read a stream of type ${type}`);
  }
  const ready: (readonly [data: string, name: string | undefined])[] = [];
  const decoder = new SseDecoder((...event) => void ready.push(event), true);
  for await (const bytes of body) {
    decoder.push(bytes);
    for (const [data, name] of ready.splice(0)) {
      if (data === sentinel) return;
      yield* decodeChunk(data, name);
    }
  }
  decoder.close();
  for (const [data, name] of ready) {
    if (data === sentinel) return;
    yield* decodeChunk(data, name);
  }
}

// The SDK makes its own error of an error event or of broken JSON, so that must reach it; and the call must end with it.
function* decodeChunk(data: string, name: string | undefined): Generator<unknown> {
  let chunk: unknown;
  try {
    chunk = JSON.parse(data);
  } catch (cause) {
    throw new UnreadableEvent(data, name, cause);
  }
  yield chunk;
  if (isErrorChunk(chunk)) throw providerError(chunk);
}
