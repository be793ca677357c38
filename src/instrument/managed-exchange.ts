// SPDX-License-Identifier: Apache-2.0
/* oxlint-disable typescript/no-explicit-any -- handles a foreign SDK's private objects */
import { getRuntime } from '../api/runtime.ts';
import type { Call, LlmRequest } from '../runtime/call.ts';
import type { Endpoint, Exchange, Send } from './exchange.ts';
import { type BodySink, tapResponse } from './response-tap.ts';
import { SseDecoder } from './sse.ts';
import { askForUsage, asksForUsage, hideUsage } from './stream-usage.ts';
import { type ResponseOrigin, isErrorChunk, jsonResponse, rewind, sseResponse } from './synthetic-response.ts';
import { providerError } from './tap-call.ts';

/**
 * Runs an exchange that intercepts wrap: they see and return provider-shaped JSON or chunks, the SDK gets a Response again. An untouched result
 * is the provider's own Response, made readable once more.
 */
export async function manageExchange(
  client: any,
  call: Call,
  endpoint: Endpoint,
  options: any,
  send: Send,
): Promise<Exchange> {
  const { internals } = getRuntime();
  const exchanges = new Map<unknown, { exchange: Exchange; text: () => string }>();
  let last: Exchange | undefined;
  if (call.streaming) {
    const asks = asksForUsage(call, endpoint);
    const chunks = await internals.executeStream(call, async (request: LlmRequest) => {
      last = await send(asks ? askForUsage(request) : request, {});
      return decodeChunks(last, endpoint.sentinel);
    });
    return answer(options, last, sseResponse(asks ? hideUsage(chunks) : chunks, originOf(last), endpoint.sentinel));
  }
  const result = await internals.execute(call, async (request: LlmRequest) => {
    const { exchange, json, text } = await readJson(client, request, send);
    last = exchange;
    exchanges.set(json, { exchange, text });
    return json;
  });
  const own = typeof result === 'object' && result !== null ? exchanges.get(result) : undefined;
  if (own !== undefined) {
    rewind(own.exchange.response, own.text());
    return { ...own.exchange, startTime: Date.now() };
  }
  const { content } = call.input as LlmRequest;
  return answer(options, last, jsonResponse(endpoint.encodeResult?.(result, content) ?? result, originOf(last)));
}

function answer(options: any, last: Exchange | undefined, response: Response): Exchange {
  // Without a real exchange there is nothing to take these from; they are what the SDK itself would have made.
  const made = { options, controller: new AbortController(), requestLogID: 'log_flow', retryOfRequestLogID: undefined };
  return { ...made, ...last, response, startTime: Date.now() };
}

function originOf(exchange: Exchange | undefined): ResponseOrigin | undefined {
  if (exchange === undefined) return undefined;
  const { status, headers, url } = exchange.response;
  return { status, headers: new Headers([...headers]), url };
}

async function readJson(
  client: any,
  request: LlmRequest,
  send: Send,
): Promise<{ exchange: Exchange; json: unknown; text: () => string }> {
  let text = '';
  const capture = ({ response }: Exchange): void => {
    text = '';
    tapResponse(
      response,
      collect((part) => (text += part)),
    );
  };
  const exchange = await send(request, { again: capture });
  capture(exchange);
  // Reads as the SDK reads: its own time limit on bodies, its own retries of them, its own errors.
  const json: unknown =
    typeof client.parseResponseWithTimeout === 'function'
      ? await client.parseResponseWithTimeout(client, exchange)
      : JSON.parse(await exchange.response.text());
  return { exchange, json, text: () => text };
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

async function* decodeChunks({ response }: Exchange, sentinel: string | undefined): AsyncGenerator<unknown> {
  const body = response.body as (ReadableStream<Uint8Array> & AsyncIterable<Uint8Array>) | null;
  if (body === null) return;
  let ready: unknown[] = [];
  let finished = false;
  const decoder = new SseDecoder((data) => {
    if (finished) return;
    if (data === sentinel) finished = true;
    else ready.push(JSON.parse(data));
  });
  for await (const bytes of body) {
    decoder.push(bytes);
    for (const chunk of ready) yield* passOn(chunk);
    ready = [];
    if (finished) return;
  }
  decoder.close();
  for (const chunk of ready) yield* passOn(chunk);
}

// The SDK makes its own error of an error event, so it must get it; the call must end with it.
function* passOn(chunk: unknown): Generator<unknown> {
  yield chunk;
  if (isErrorChunk(chunk)) throw providerError(chunk);
}
