// SPDX-License-Identifier: Apache-2.0
import type { Json, JsonObject } from '../atof/event.ts';
import type { AnnotatedRequest, AnnotatedResponse, Codec, FinishReason } from './annotated.ts';
import { sameJson } from './canonical-json.ts';
import { contentText } from './content-text.ts';
import { describeFlat } from './describe.ts';
import { responsesAccumulator } from './openai-responses-accumulator.ts';
import { callItems, decodeCall, decodeItem, encodeItems, reasoningText } from './openai-responses-item.ts';
import { decodeFlatChoice, decodeTools, encodeFlatChoice, encodeTools } from './openai-tool.ts';
import { decodeUsage } from './openai-usage.ts';
import { messagePairing } from './message-pairing.ts';
import { patchFields, patchList, setFields, type WireFields } from './patch.ts';
import { booleanOf, defined, field, isObject, listOf, numberOf, restOf, stringOf, tolerant } from './read.ts';

const READ = new Set([
  'model',
  'input',
  'instructions',
  'tools',
  'tool_choice',
  'temperature',
  'top_p',
  'max_output_tokens',
  'reasoning',
  'stream',
  'previous_response_id',
  'conversation',
]);

function decodeRequest(content: unknown): AnnotatedRequest | undefined {
  if (!isObject(content)) return undefined;
  const { input } = content;
  const known = typeof input === 'string' || Array.isArray(input);
  if (!known && (input != null || !standsWithoutInput(content))) return undefined;
  return defined<AnnotatedRequest>({
    model: stringOf(content['model']),
    instructions: stringOf(content['instructions']),
    messages: itemsOf(input).map(decodeItem),
    tools: decodeTools(content['tools']),
    tool_choice: decodeFlatChoice(field(content, 'tool_choice')),
    params: defined<AnnotatedRequest['params']>({
      temperature: numberOf(content['temperature']),
      top_p: numberOf(content['top_p']),
      max_tokens: numberOf(content['max_output_tokens']),
      reasoning_effort: stringOf(field(content['reasoning'], 'effort')),
    }),
    stream: booleanOf(content['stream']),
    previous_response_id: stringOf(content['previous_response_id']),
    conversation_id: stringOf(content['conversation']) ?? stringOf(field(content['conversation'], 'id')),
    extra: restOf(content, READ),
  });
}

/** A stored prompt, or the response that is continued, may be all the input there is. */
function standsWithoutInput({ instructions, prompt, previous_response_id: previous }: JsonObject): boolean {
  return typeof instructions === 'string' || isObject(prompt) || typeof previous === 'string';
}

function itemsOf(input: Json | undefined): readonly Json[] {
  return typeof input === 'string' ? [input] : listOf(input);
}

/** Parameters that this surface does not have (`stop`, `seed`, `n`, penalties) are left out. */
function encodeRequest(edited: AnnotatedRequest, original: unknown): unknown {
  const source = isObject(original) ? original : {};
  const before = decodeRequest(source) ?? { messages: [], params: {} };
  const originals = itemsOf(source['input']);
  let calls: ReadonlyMap<string, JsonObject> | undefined;
  const input = patchList(originals, before.messages, edited.messages, {
    ...messagePairing,
    write: (...change) => encodeItems((calls ??= callItems(originals)), ...change),
  });
  const patched = patchFields(source, wireFields(before, source), wireFields(edited, source));
  return setFields(patched, {
    ...(input === originals ? {} : { input: encodeInput(input, source) }),
    ...(sameJson(before.tools, edited.tools)
      ? {}
      : { tools: encodeTools(source['tools'], before.tools, edited.tools, false) }),
    ...(sameJson(before.tool_choice, edited.tool_choice)
      ? {}
      : { tool_choice: encodeFlatChoice(edited.tool_choice, source['tool_choice']) }),
  });
}

/** One plain user message stays a string where it was one; beside other items a string has to become an item. */
function encodeInput(items: readonly Json[], source: JsonObject): Json {
  const [only] = items;
  const content = field(only, 'content');
  const plain = items.length === 1 && field(only, 'role') === 'user' && typeof content === 'string';
  if (plain && typeof source['input'] === 'string') return content;
  return items.map((item) => (typeof item === 'string' ? { role: 'user', content: item } : item));
}

function wireFields(request: AnnotatedRequest, source: JsonObject): WireFields {
  const { temperature, top_p, max_tokens, reasoning_effort: effort } = request.params;
  const { reasoning, conversation } = source;
  const nested = isObject(reasoning) ? reasoning : {};
  const withEffort = setFields(nested, { effort });
  const id = request.conversation_id;
  return {
    ...request.extra,
    model: request.model,
    instructions: request.instructions,
    temperature,
    top_p,
    max_output_tokens: max_tokens,
    reasoning: Object.keys(withEffort).length === 0 ? undefined : withEffort,
    stream: request.stream,
    previous_response_id: request.previous_response_id,
    conversation: id !== undefined && isObject(conversation) ? { ...conversation, id } : id,
  };
}

function decodeResponse(response: unknown): AnnotatedResponse | undefined {
  if (!isObject(response) || !Array.isArray(response['output'])) return undefined;
  const items = listOf(response['output']);
  const texts = items
    .filter((item) => field(item, 'type') === 'message')
    .map((item) => contentText(field(item, 'content')));
  const thoughts = items
    .filter((item) => field(item, 'type') === 'reasoning')
    .flatMap((item) => reasoningText(item) ?? []);
  const calls = items.flatMap((item) => decodeCall(item) ?? []);
  const status = stringOf(response['status']);
  const reason = stringOf(field(response['incomplete_details'], 'reason')) ?? status;
  return defined<AnnotatedResponse>({
    id: stringOf(response['id']),
    model: stringOf(response['model']),
    message: texts.length === 0 ? undefined : texts.join('\n'),
    reasoning: thoughts.length === 0 ? undefined : thoughts.join('\n'),
    tool_calls: calls.length === 0 ? undefined : calls,
    finish_reason: reason === undefined ? undefined : finishReason(reason, calls.length > 0),
    finish_reasons: reason === undefined ? undefined : [reason],
    usage: decodeUsage(response['usage']),
  });
}

/** This surface has no word of its own for a response that asks for tools. */
function finishReason(reason: string, calls: boolean): FinishReason {
  if (reason === 'completed') return calls ? 'tool_use' : 'complete';
  return reason === 'max_output_tokens' ? 'length' : reason;
}

/** The OpenAI Responses API. Streams are joined from its events. */
export const openaiResponses: Codec = {
  id: 'openai_responses',
  operation: 'chat',
  decodeRequest: tolerant(decodeRequest),
  describe: describeFlat,
  encodeRequest,
  decodeResponse: tolerant(decodeResponse),
  accumulator: responsesAccumulator,
};
