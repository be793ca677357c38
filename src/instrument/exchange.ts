// SPDX-License-Identifier: Apache-2.0
import type { Codec } from '../codecs/annotated.ts';
import { withoutRunning } from '../pipeline/registry.ts';
import type { Call, LlmRequest } from '../runtime/call.ts';
import { asksForUsage } from './stream-usage.ts';

/** One kind of request that a client sends. */
export interface Endpoint {
  /** How the request's path ends. */
  readonly path: string;
  readonly codec: Codec;
  /** What a stream's last event says, where it has such a thing. */
  readonly sentinel?: string;
  /** Streams report usage only when `stream_options.include_usage` asks for it. */
  readonly usageOnRequest?: boolean;
  /** Puts a result that an intercept made into the form that the SDK expects for this request. */
  readonly encodeResult?: (result: unknown, content: unknown) => unknown;
}

/* oxlint-disable typescript/no-explicit-any -- a foreign SDK's private objects */
/** What `makeRequest` resolves to. */
export interface Exchange {
  response: Response;
  options: any;
  controller: AbortController;
  [other: string]: any;
}

/** State of one managed call while the SDK works on it. */
export interface Sending {
  /** Called with each exchange that the SDK makes again on its own after the first answer, for instance when a body timed out. */
  again?: (exchange: Exchange) => void;
}

/** A request of a managed call, ready to be sent by the SDK itself: once, or once for each attempt. */
export type Send = (request: LlmRequest, sending: Sending) => Promise<Exchange>;

/** True when something of ours stands between the provider's response and the SDK: an execution intercept, or the usage that was asked for. */
export function isWrapped(call: Call, endpoint: Endpoint): boolean {
  const family = call.streaming ? 'llm.stream_execution_intercept' : 'llm.execution_intercept';
  return asksForUsage(call, endpoint) || withoutRunning(call.chains[family], call.frame.running).length > 0;
}
