// SPDX-License-Identifier: Apache-2.0
import type { Json } from '../atof/event.ts';
import type { Cost, Usage } from './annotated.ts';
import { defined, field, isObject, numberOf } from './read.ts';

/** Usage as OpenAI's surfaces report it: Chat and Embeddings count prompt and completion, Responses input and output. */
export function decodeUsage(usage: Json | undefined): Usage | undefined {
  if (!isObject(usage)) return undefined;
  const input = field(usage, 'prompt_tokens_details') ?? field(usage, 'input_tokens_details');
  const output = field(usage, 'completion_tokens_details') ?? field(usage, 'output_tokens_details');
  return defined<Usage>({
    input_tokens: numberOf(usage['prompt_tokens'] ?? usage['input_tokens']),
    output_tokens: numberOf(usage['completion_tokens'] ?? usage['output_tokens']),
    total_tokens: numberOf(usage['total_tokens']),
    // DeepSeek counts them beside the others.
    cache_read_tokens: numberOf(field(input, 'cached_tokens')) ?? numberOf(usage['prompt_cache_hit_tokens']),
    cache_write_tokens: numberOf(field(input, 'cache_write_tokens')),
    reasoning_tokens: numberOf(field(output, 'reasoning_tokens')),
    audio_input_tokens: numberOf(field(input, 'audio_tokens')),
    audio_output_tokens: numberOf(field(output, 'audio_tokens')),
    cost: decodeCost(usage['cost']),
  });
}

/** OpenRouter and the gateways like it say what a call cost, in US dollars. */
function decodeCost(total: Json | undefined): Cost | undefined {
  return numberOf(total) === undefined
    ? undefined
    : { total: total as number, currency: 'USD', source: 'provider_reported' };
}
