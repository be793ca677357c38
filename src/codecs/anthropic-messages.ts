// SPDX-License-Identifier: Apache-2.0
import { shareJson } from '../atof/shared-json.ts';
import type { AnnotatedRequest, AnnotatedResponse, Codec, FinishReason } from './annotated.ts';
import { messagesAccumulator } from './anthropic-accumulator.ts';
import { decodeToolUse, isToolUse } from './anthropic-content.ts';
import { decodeConversation, encodeConversation } from './anthropic-conversation.ts';
import { decodeSystem, encodeSystem } from './anthropic-system.ts';
import { joinedText } from './anthropic-text.ts';
import { decodeToolChoice, decodeTools, encodeToolChoice, encodeTools } from './anthropic-tool.ts';
import { anthropicUsage } from './anthropic-usage.ts';
import { sameJson } from './canonical-json.ts';
import { contentText } from './content-text.ts';
import { describeFlat } from './describe.ts';
import { patchFields, setFields, type WireFields } from './patch.ts';
import { booleanOf, defined, field, isObject, listOf, numberOf, restOf, stringOf, tolerant } from './read.ts';

const FINISH: ReadonlyMap<string, FinishReason> = new Map([
  ['end_turn', 'complete'],
  ['stop_sequence', 'complete'],
  ['max_tokens', 'length'],
  ['model_context_window_exceeded', 'length'],
  ['refusal', 'content_filter'],
]);

const READ = new Set([
  'model',
  'system',
  'messages',
  'tools',
  'tool_choice',
  'temperature',
  'top_p',
  'top_k',
  'max_tokens',
  'stop_sequences',
  'stream',
]);

function decodeRequest(content: unknown): AnnotatedRequest | undefined {
  if (!isObject(content) || !Array.isArray(content['messages'])) return undefined;
  const stop = content['stop_sequences'];
  return defined<AnnotatedRequest>({
    model: stringOf(content['model']),
    instructions: decodeSystem(content['system']),
    messages: decodeConversation(content['messages']),
    tools: decodeTools(content['tools']),
    tool_choice: decodeToolChoice(content['tool_choice']),
    params: defined<AnnotatedRequest['params']>({
      temperature: numberOf(content['temperature']),
      top_p: numberOf(content['top_p']),
      top_k: numberOf(content['top_k']),
      max_tokens: numberOf(content['max_tokens']),
      stop: Array.isArray(stop) ? listOf(stop).filter((item) => typeof item === 'string') : undefined,
    }),
    stream: booleanOf(content['stream']),
    previous_response_id: stringOf(field(content['thread'], 'previous_message_id')),
    extra: restOf(content, READ),
  });
}

/**
 * System messages that an edit added go to the `system` field. Parameters that this surface does not have (`seed`, `n`, penalties) are
 * left out, and so are instructions and tools in a further request of a thread: it has those of its first one, and refuses others.
 */
function encodeRequest(edited: AnnotatedRequest, original: unknown): unknown {
  const source = isObject(original) ? original : {};
  const before = decodeRequest(source) ?? { messages: [], params: {} };
  const isContinued = field(source['thread'], 'type') === 'continue';
  const { messages, system: added } = encodeConversation(source['messages'], edited.messages, isContinued);
  const system = isContinued ? source['system'] : encodeSystem(source['system'], edited.instructions, added);
  const patched = patchFields(source, wireFields(before), wireFields(edited));
  return setFields(patched, {
    ...(system === source['system'] ? {} : { system }),
    ...(messages === undefined ? {} : { messages }),
    ...(isContinued || sameJson(before.tools, edited.tools)
      ? {}
      : { tools: encodeTools(source['tools'], before.tools, edited.tools) }),
    ...(sameJson(before.tool_choice, edited.tool_choice)
      ? {}
      : { tool_choice: encodeToolChoice(edited.tool_choice, source['tool_choice']) }),
  });
}

function wireFields(request: AnnotatedRequest): WireFields {
  const { temperature, top_p, top_k, max_tokens, stop } = request.params;
  const { model, stream, extra } = request;
  return { ...extra, model, temperature, top_p, top_k, max_tokens, stop_sequences: stop && [...stop], stream };
}

function decodeResponse(response: unknown): AnnotatedResponse | undefined {
  if (!isObject(response) || !Array.isArray(response['content']) || response['type'] !== 'message') return undefined;
  const blocks = listOf(response['content']);
  const texts = blocks.filter((block) => field(block, 'type') === 'text');
  const calls = blocks.filter(isToolUse).map(decodeToolUse);
  const reason = stringOf(response['stop_reason']);
  return defined<AnnotatedResponse>({
    id: stringOf(response['id']),
    model: stringOf(response['model']),
    message: texts.length === 0 ? undefined : contentText(texts),
    reasoning: joinedText(blocks, 'thinking'),
    tool_calls: calls.length === 0 ? undefined : calls,
    finish_reason: reason === undefined ? undefined : (FINISH.get(reason) ?? reason),
    finish_reasons: reason === undefined ? undefined : [reason],
    usage: anthropicUsage(response['usage']),
  });
}

/** Anthropic's Messages API, as the beta has it too. Streams are joined from its events. */
export const anthropicMessages: Codec = {
  id: 'anthropic_messages',
  operation: 'chat',
  dataSchema: shareJson({ name: 'anthropic/messages', version: '1' }),
  decodeRequest: tolerant(decodeRequest),
  describe: describeFlat,
  encodeRequest,
  decodeResponse: tolerant(decodeResponse),
  accumulator: messagesAccumulator,
};
