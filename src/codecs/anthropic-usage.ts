// SPDX-License-Identifier: Apache-2.0
import type { Json } from '../atof/event.ts';
import type { Usage } from './annotated.ts';
import { defined, field, isObject, numberOf } from './read.ts';

/** Usage of the Messages API. Its `input_tokens` leave out what was read from and written to the cache; ours include it. */
export function anthropicUsage(usage: Json | undefined): Usage | undefined {
  if (!isObject(usage)) return undefined;
  const fresh = numberOf(usage['input_tokens']);
  const output = numberOf(usage['output_tokens']);
  const read = numberOf(usage['cache_read_input_tokens']);
  const fiveMinutes = numberOf(field(usage['cache_creation'], 'ephemeral_5m_input_tokens'));
  const oneHour = numberOf(field(usage['cache_creation'], 'ephemeral_1h_input_tokens'));
  const written = numberOf(usage['cache_creation_input_tokens']) ?? sum(fiveMinutes, oneHour);
  const input = sum(fresh, (read ?? 0) + (written ?? 0));
  return defined<Usage>({
    input_tokens: input,
    output_tokens: output,
    total_tokens: sum(input, output),
    cache_read_tokens: read,
    cache_write_tokens: written,
    cache_write_5m_tokens: fiveMinutes,
    cache_write_1h_tokens: oneHour,
    reasoning_tokens: numberOf(field(usage['output_tokens_details'], 'thinking_tokens')),
  });
}

/** Unknown as soon as one of the two is. */
function sum(a: number | undefined, b: number | undefined): number | undefined {
  return a === undefined || b === undefined ? undefined : a + b;
}
