// SPDX-License-Identifier: Apache-2.0
import type { Json } from '../atof/event.ts';
import type { Cost, Usage } from './annotated.ts';
import { defined, field, isObject, numberOf } from './read.ts';

/** Usage as OpenAI's surfaces report it: Chat and Embeddings count prompt and completion, Responses input and output. */
export function decodeUsage(usage: Json | undefined): Usage | undefined {
  if (!isObject(usage)) return undefined;
  const input = field(usage, 'prompt_tokens_details') ?? field(usage, 'input_tokens_details');
  const output = field(usage, 'completion_tokens_details') ?? field(usage, 'output_tokens_details');
  const asked = numberOf(usage['prompt_tokens'] ?? usage['input_tokens']);
  const said = numberOf(usage['completion_tokens'] ?? usage['output_tokens']);
  const total = numberOf(usage['total_tokens']);
  const thought = numberOf(field(output, 'reasoning_tokens'));
  // xAI counts reasoning beside what was said; the total tells.
  const beside = said !== undefined && thought !== undefined && total === (asked ?? 0) + said + thought;
  return defined<Usage>({
    input_tokens: asked,
    output_tokens: beside ? said + thought : said,
    total_tokens: total,
    // DeepSeek counts them beside the others.
    cache_read_tokens: numberOf(field(input, 'cached_tokens')) ?? numberOf(usage['prompt_cache_hit_tokens']),
    cache_write_tokens: numberOf(field(input, 'cache_write_tokens')),
    reasoning_tokens: thought,
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
