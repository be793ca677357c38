// SPDX-License-Identifier: Apache-2.0
import type { Json, JsonObject } from '../atof/event.ts';
import type { Usage } from './annotated.ts';
import { anthropicUsage } from './anthropic-usage.ts';
import { decodeBedrockUsage } from './bedrock-usage.ts';
import { decodeGeminiUsage } from './gemini-usage.ts';
import { decodeUsage } from './openai-usage.ts';
import { defined, field, isObject, listOf, numberOf, stringOf, tolerant } from './read.ts';

/** What is told of a chunk. */
interface Summary {
  readonly provider: string;
  readonly event_type?: string;
  readonly choice_indices?: readonly number[];
  readonly finish_reasons?: readonly { readonly choice_index: number; readonly finish_reason: string }[];
  readonly indices?: Readonly<Record<string, number>>;
  readonly status?: string;
  readonly stop_reason?: string;
  readonly usage?: Usage;
}

const ANTHROPIC = new Set([
  'message_start',
  'content_block_start',
  'content_block_delta',
  'content_block_stop',
  'message_delta',
  'message_stop',
  'ping',
]);

const BEDROCK: readonly string[] = [
  'messageStart',
  'contentBlockStart',
  'contentBlockDelta',
  'contentBlockStop',
  'messageStop',
  'metadata',
];

/**
 * What an `llm.chunk` mark says about a provider's chunk: whose it is, what kind, which choice or block it belongs to, why the model stopped,
 * and usage as the codecs count it. Never content, never arguments. Of a chunk of an unknown provider it says just that. Never throws.
 */
export function summarizeChunk(chunk: unknown): JsonObject {
  // An interface has no index signature; all of its values are JSON.
  return (known(chunk) ?? { provider: 'unknown' }) as unknown as JsonObject;
}

const known = tolerant((chunk): Summary | undefined => {
  if (!isObject(chunk)) return undefined;
  const type = stringOf(chunk['type']);
  if (type !== undefined) return responses(type, chunk) ?? anthropic(type, chunk);
  return chat(chunk) ?? completions(chunk) ?? gemini(chunk) ?? bedrock(chunk);
});

function chat(chunk: JsonObject): Summary | undefined {
  const { choices, object } = chunk;
  if (!Array.isArray(choices)) return undefined;
  // Not every service that speaks Chat names the object.
  if (object !== 'chat.completion.chunk' && field(choices[0], 'delta') === undefined) return undefined;
  return choicesSummary('openai_chat_completions', choices, 'finish_reason', decodeUsage(chunk['usage']));
}

function completions(chunk: JsonObject): Summary | undefined {
  const { choices, object } = chunk;
  if (!Array.isArray(choices)) return undefined;
  if (object !== 'text_completion' && typeof field(choices[0], 'text') !== 'string') return undefined;
  return choicesSummary('openai_completions', choices, 'finish_reason', decodeUsage(chunk['usage']));
}

function responses(type: string, event: JsonObject): Summary | undefined {
  const failed = type === 'error' && typeof event['message'] === 'string';
  if (!failed && !type.startsWith('response.')) return undefined;
  const { response } = event;
  return defined<Summary>({
    provider: 'openai_responses',
    event_type: type,
    indices: indicesOf(event, ['output_index', 'content_index', 'summary_index']),
    status: stringOf(field(response, 'status')),
    usage: decodeUsage(field(response, 'usage')),
  });
}

function anthropic(type: string, event: JsonObject): Summary | undefined {
  if (!ANTHROPIC.has(type) && !(type === 'error' && isObject(event['error']))) return undefined;
  return defined<Summary>({
    provider: 'anthropic_messages',
    event_type: type,
    indices: indicesOf(event, ['index']),
    stop_reason: stringOf(field(event['delta'], 'stop_reason')),
    usage: anthropicUsage(field(event['message'], 'usage') ?? event['usage']),
  });
}

function gemini(chunk: JsonObject): Summary | undefined {
  const { candidates, usageMetadata: usage, promptFeedback: feedback } = chunk;
  if (!Array.isArray(candidates) && !isObject(usage) && !isObject(feedback)) return undefined;
  return choicesSummary('gemini_generate_content', listOf(candidates), 'finishReason', decodeGeminiUsage(usage));
}

/** A stream event of Bedrock has its kind as the name of its only field. */
function bedrock(event: JsonObject): Summary | undefined {
  const type = BEDROCK.find((name) => isObject(event[name]));
  if (type === undefined) return undefined;
  const body = event[type];
  const index = numberOf(field(body, 'contentBlockIndex'));
  return defined<Summary>({
    provider: 'bedrock_converse',
    event_type: type,
    indices: index === undefined ? undefined : { index },
    stop_reason: stringOf(field(body, 'stopReason')),
    usage: decodeBedrockUsage(field(body, 'usage')),
  });
}

function choicesSummary(provider: string, choices: readonly Json[], reason: string, usage: Usage | undefined): Summary {
  const indexOf = (choice: Json): number => numberOf(field(choice, 'index')) ?? 0;
  const finished = choices.flatMap((choice) => {
    const word = stringOf(field(choice, reason));
    return word === undefined ? [] : [{ choice_index: indexOf(choice), finish_reason: word }];
  });
  return defined<Summary>({
    provider,
    choice_indices: choices.map(indexOf),
    finish_reasons: finished.length === 0 ? undefined : finished,
    usage,
  });
}

function indicesOf(event: JsonObject, names: readonly string[]): Summary['indices'] {
  const found = names.flatMap((name): readonly (readonly [string, number])[] => {
    const index = numberOf(event[name]);
    return index === undefined ? [] : [[name, index]];
  });
  return found.length === 0 ? undefined : Object.fromEntries(found);
}
