// SPDX-License-Identifier: Apache-2.0
import type { Json } from '../atof/event.ts';
import type { Usage } from './annotated.ts';
import { defined, field, isObject, listOf, numberOf } from './read.ts';

/** Converse counts the input without what was read from and written to the cache: here it is with them, and so is the total. */
export function decodeBedrockUsage(usage: Json | undefined): Usage | undefined {
  if (!isObject(usage)) return undefined;
  const fresh = numberOf(usage['inputTokens']);
  const read = numberOf(usage['cacheReadInputTokens']);
  const written = numberOf(usage['cacheWriteInputTokens']);
  const input = fresh === undefined ? undefined : fresh + (read ?? 0) + (written ?? 0);
  const output = numberOf(usage['outputTokens']);
  return defined<Usage>({
    input_tokens: input,
    output_tokens: output,
    total_tokens: input === undefined || output === undefined ? numberOf(usage['totalTokens']) : input + output,
    cache_read_tokens: read,
    cache_write_tokens: written,
    cache_write_5m_tokens: writtenFor(usage['cacheDetails'], '5m'),
    cache_write_1h_tokens: writtenFor(usage['cacheDetails'], '1h'),
  });
}

function writtenFor(details: Json | undefined, ttl: string): number | undefined {
  return numberOf(
    field(
      listOf(details).find((detail) => field(detail, 'ttl') === ttl),
      'inputTokens',
    ),
  );
}
