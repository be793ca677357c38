// SPDX-License-Identifier: Apache-2.0
import { getRuntime } from '../api/runtime.ts';
import type { LlmRequest } from '../runtime/call.ts';
import { addressOf } from './client-address.ts';
import type { LoadedPackage } from './definition.ts';
import { type Endpoint, type Exchange, type Send, isWrapped } from './exchange.ts';
import { flattenHeaders } from './headers.ts';
import { leaverOfCall, leaverOfResponse } from './leave-stream.ts';
import { manageExchange } from './managed-exchange.ts';
import { isOwnedAbove } from './model-owner.ts';
import { observeExchange } from './observed-exchange.ts';
import { rewind } from './synthetic-response.ts';
import { providerError } from './tap-call.ts';
import { noteWire } from './wire-watch.ts';

/** One request of an SDK whose seam is a function like `fetch`. */
export interface FetchCall {
  /** Short name of the instrumentation: the call's name. */
  readonly by: string;
  readonly endpoint: Endpoint;
  readonly url: string;
  /** The provider's own body, as an object of its own: nobody else changes it. */
  readonly content: object;
  /** In any form that SDKs have. */
  readonly headers: unknown;
  /** `gen_ai.provider.name` where the host of the URL names none. */
  readonly provider: string;
  readonly model: string | undefined;
  readonly streaming: boolean;
  readonly signal?: AbortSignal | undefined;
  readonly tally: LoadedPackage['tally'];
  /** False where the SDK makes a span of its own for it. */
  readonly spans?: boolean;
  /** Told how the call of a stream is ended when its reader goes without cancelling it. */
  readonly streams?: (leave: () => void) => void;
}

/** Sends the request as middleware left it; null removes a header. The signal is that of the application, or follows it. */
export type SendRequest = (request: LlmRequest, signal: AbortSignal | undefined) => Promise<Response>;

const NEVER: AbortSignal = new AbortController().signal;

/**
 * Runs one request through the pipeline and resolves to the Response for the SDK: the provider's own, read along, or one made of what an
 * intercept returned. Refusals and errors of intercepts reject. A response that is no success is an error for whoever wraps the call, and
 * reaches the SDK as it came: what it makes of that is its own. Retries of such an SDK are calls of their own.
 */
export async function manageFetch(about: FetchCall, send: SendRequest): Promise<Response> {
  const { Call, currentFrame, settings } = getRuntime().internals;
  const { by, endpoint, url, content, headers, model, streaming, signal, tally, spans = true } = about;
  noteWire();
  if (isOwnedAbove(endpoint.codec)) return send({ headers: flattenHeaders(headers), content: { ...content } }, signal);
  const { server, provider } = addressOf(url);
  const call = new Call(
    {
      kind: 'llm',
      type: endpoint.codec.operation === 'embeddings' ? 'embedder' : 'llm',
      name: by,
      input: { headers: flattenHeaders(headers), content },
      codec: endpoint.codec,
      provider: provider ?? about.provider,
      model,
      streaming,
      spans: spans && settings.hasSpans(by),
      attributes: streaming ? ['streaming'] : undefined,
      server,
      signal,
    },
    currentFrame(),
  );
  tally.calls++;
  const wrapped = isWrapped(call, endpoint);
  const exchange: Send = async (request) => {
    tally.sending++;
    try {
      const response = await send(request, wrapped ? call.signal : signal);
      if (!response.ok) throw await unsuccessful(response);
      const controller = { signal: signal ?? NEVER, abort: () => call.abort() } as AbortController;
      return { response, options: {}, controller };
    } finally {
      tally.sending--;
    }
  };
  try {
    const { response }: Exchange = wrapped
      ? await manageExchange(READER, call, endpoint, {}, exchange)
      : await observeExchange(call, endpoint, exchange);
    if (streaming) about.streams?.(wrapped ? leaverOfCall(call) : leaverOfResponse(response));
    return response;
  } catch (error) {
    const response = responses.get(error as object);
    if (response === undefined) throw error;
    return response;
  }
}

/** The responses behind the errors that intercepts see. */
const responses = new WeakMap<object, Response>();

/** Where a body is no JSON, the SDK says so in its own way. */
const READER = {
  async parseResponseWithTimeout(_: unknown, { response }: Exchange): Promise<unknown> {
    const text = await response.text();
    try {
      return JSON.parse(text) as unknown;
    } catch (cause) {
      rewind(response, text);
      const error = new SyntaxError('the response body is no JSON', { cause });
      responses.set(error, response);
      throw error;
    }
  },
};

async function unsuccessful(response: Response): Promise<Error> {
  const text = await response.text();
  rewind(response, text);
  const error = Object.assign(providerError(parse(text)), { status: response.status });
  if (error.code === 'provider_error') error.code = String(response.status);
  responses.set(error, response);
  return error;
}

function parse(text: string): object {
  try {
    return (JSON.parse(text) ?? {}) as object;
  } catch {
    return {};
  }
}
