// SPDX-License-Identifier: Apache-2.0
import type { Json, JsonObject } from '../atof/event.ts';
import { field, isObject, listOf, stringOf } from './read.ts';

/** Content blocks that the Messages API alone has; an image or a document is hers where it names its `source`. */
const ANTHROPIC_BLOCKS = new Set(['tool_use', 'tool_result', 'thinking', 'redacted_thinking', 'server_tool_use']);
const CHAT_PARTS = new Set(['image_url', 'input_audio', 'file', 'refusal']);
const CHAT_ROLES = new Set(['developer', 'tool', 'function']);
const CHAT_FIELDS: readonly string[] = [
  'max_completion_tokens',
  'frequency_penalty',
  'presence_penalty',
  'response_format',
  'functions',
  'function_call',
  'logit_bias',
  'logprobs',
  'n',
  'parallel_tool_calls',
  'reasoning_effort',
  'seed',
  'stop',
  'stream_options',
];
const BEDROCK_FIELDS: readonly string[] = [
  'modelId',
  'inferenceConfig',
  'toolConfig',
  'guardrailConfig',
  'additionalModelRequestFields',
  'additionalModelResponseFieldPaths',
];

/** Whether a request with `messages` has something that only Anthropic's Messages API knows. */
export function looksAnthropic(content: JsonObject): boolean {
  const { system, anthropic_version: version, stop_sequences: stop, thinking, tool_choice: choice } = content;
  if (typeof system === 'string' || listOf(system).some((block) => field(block, 'type') !== undefined)) return true;
  if (version !== undefined || Array.isArray(stop)) return true;
  if (field(thinking, 'budget_tokens') !== undefined || field(thinking, 'type') === 'adaptive') return true;
  if (['any', 'tool'].includes(stringOf(field(choice, 'type')) ?? '')) return true;
  if (listOf(content['tools']).some((tool) => field(tool, 'input_schema') !== undefined)) return true;
  return blocksOf(content).some((block) => {
    const type = stringOf(field(block, 'type')) ?? '';
    return ANTHROPIC_BLOCKS.has(type) || (['image', 'document'].includes(type) && isObject(field(block, 'source')));
  });
}

/** Whether a request with `messages` has something that only Chat Completions knows. */
export function looksChat(content: JsonObject): boolean {
  if (CHAT_FIELDS.some((name) => content[name] !== undefined)) return true;
  if (typeof content['tool_choice'] === 'string') return true;
  if (listOf(content['tools']).some((tool) => isObject(field(tool, 'function')))) return true;
  const spoken = listOf(content['messages']).some(
    (message) => CHAT_ROLES.has(stringOf(field(message, 'role')) ?? '') || Array.isArray(field(message, 'tool_calls')),
  );
  return spoken || blocksOf(content).some((block) => CHAT_PARTS.has(stringOf(field(block, 'type')) ?? ''));
}

/** Whether a request with `messages` has something that only Bedrock's Converse knows: its blocks are named by their field, not by a `type`. */
export function looksBedrock(content: JsonObject): boolean {
  if (BEDROCK_FIELDS.some((name) => content[name] !== undefined)) return true;
  return [...blocksOf(content), ...listOf(content['system'])].some(
    (block) => isObject(block) && block['type'] === undefined && Object.keys(block).length > 0,
  );
}

/** A request that says nothing else is Anthropic's where its model is, and where it has the limit that is a must there. */
export function addressesClaude({ model, max_tokens: limit }: JsonObject): boolean {
  return typeof limit === 'number' && (stringOf(model)?.startsWith('claude') ?? false);
}

function blocksOf(content: JsonObject): readonly Json[] {
  return listOf(content['messages']).flatMap((message) => listOf(field(message, 'content')));
}
