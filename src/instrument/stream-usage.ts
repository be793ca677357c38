// SPDX-License-Identifier: Apache-2.0
import { getRuntime } from '../api/runtime.ts';
import type { Call, LlmRequest } from '../runtime/call.ts';
import type { Endpoint } from './exchange.ts';

type Body = { readonly stream_options?: { readonly include_usage?: unknown } | null };

/** True when Flow is to ask for a stream's usage because the application left that open. */
export function asksForUsage(call: Call, { usageOnRequest }: Endpoint): boolean {
  if (!call.streaming || usageOnRequest !== true || !getRuntime().internals.settings.streamUsage) return false;
  const { content } = call.input as LlmRequest;
  return (content as Body).stream_options?.include_usage === undefined;
}

/** The request, asking for usage. */
export function askForUsage({ headers, content }: LlmRequest): LlmRequest {
  const { stream_options: options } = content as Body;
  return { headers, content: { ...(content as object), stream_options: { ...options, include_usage: true } } };
}

/** The chunks as they would have come without that: no chunk that only holds usage, no empty usage on the others. */
export async function* hideUsage(chunks: AsyncIterable<unknown>): AsyncGenerator<unknown> {
  for await (const chunk of chunks) {
    const { choices, usage, ...rest } = chunk as { choices?: unknown; usage?: unknown };
    if (Array.isArray(choices) && choices.length === 0 && usage !== undefined && usage !== null) continue;
    yield usage === null ? { ...rest, choices } : chunk;
  }
}
