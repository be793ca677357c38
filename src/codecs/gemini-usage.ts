// SPDX-License-Identifier: Apache-2.0
import type { Json } from '../atof/event.ts';
import type { Usage } from './annotated.ts';
import { defined, field, isObject, listOf, numberOf } from './read.ts';

/** `usageMetadata`: the prompt includes what came from a cache; results of the provider's own tools and thoughts are counted beside it. */
export function decodeGeminiUsage(usage: Json | undefined): Usage | undefined {
  if (!isObject(usage)) return undefined;
  const count = (name: string): number | undefined => numberOf(usage[name]);
  const audio = (...names: readonly string[]): number | undefined => {
    const details = names.flatMap((name) => listOf(usage[name])).filter((part) => field(part, 'modality') === 'AUDIO');
    return sum(...details.map((part) => numberOf(field(part, 'tokenCount'))));
  };
  return defined<Usage>({
    input_tokens: sum(count('promptTokenCount'), count('toolUsePromptTokenCount')),
    output_tokens: sum(count('candidatesTokenCount'), count('thoughtsTokenCount')),
    total_tokens: count('totalTokenCount'),
    cache_read_tokens: count('cachedContentTokenCount'),
    reasoning_tokens: count('thoughtsTokenCount'),
    audio_input_tokens: audio('promptTokensDetails', 'toolUsePromptTokensDetails'),
    audio_output_tokens: audio('candidatesTokensDetails'),
  });
}

function sum(...counts: readonly (number | undefined)[]): number | undefined {
  const known = counts.filter((count) => count !== undefined);
  return known.length === 0 ? undefined : known.reduce((total, count) => total + count, 0);
}
