// SPDX-License-Identifier: Apache-2.0
import type { Json, JsonObject } from '../atof/event.ts';
import { shareJson } from '../atof/shared-json.ts';
import type { AnnotatedChoice, AnnotatedRequest, AnnotatedResponse, Codec, FinishReason } from './annotated.ts';
import { contentText } from './content-text.ts';
import { describeFlat } from './describe.ts';
import { chatAccumulator } from './openai-chat-accumulator.ts';
import { callsById, decodeMessage, encodeMessage } from './openai-chat-message.ts';
import { decodeTools, encodeTools } from './openai-tool.ts';
import { decodeUsage } from './openai-usage.ts';
import { sameJson } from './canonical-json.ts';
import { messagePairing } from './message-pairing.ts';
import { patchFields, patchList, setFields, type WireFields } from './patch.ts';
import {
  booleanOf,
  defined,
  type MaybeUndefined,
  field,
  isObject,
  listOf,
  numberOf,
  restOf,
  stringOf,
  tolerant,
} from './read.ts';

const FINISH: ReadonlyMap<string, FinishReason> = new Map([
  ['stop', 'complete'],
  ['tool_calls', 'tool_use'],
  ['function_call', 'tool_use'],
]);

const READ = new Set([
  'model',
  'messages',
  'tools',
  'tool_choice',
  'temperature',
  'top_p',
  'top_k',
  'max_tokens',
  'max_completion_tokens',
  'frequency_penalty',
  'presence_penalty',
  'seed',
  'stop',
  'n',
  'reasoning_effort',
  'stream',
]);

function decodeRequest(content: unknown): AnnotatedRequest | undefined {
  if (!isObject(content) || !Array.isArray(content['messages'])) return undefined;
  return defined<AnnotatedRequest>({
    model: stringOf(content['model']),
    messages: listOf(content['messages']).map(decodeMessage),
    tools: decodeTools(content['tools']),
    tool_choice: field(content, 'tool_choice'),
    params: defined<AnnotatedRequest['params']>({
      temperature: numberOf(content['temperature']),
      top_p: numberOf(content['top_p']),
      top_k: numberOf(content['top_k']),
      max_tokens: numberOf(content[limitKey(content)]),
      frequency_penalty: numberOf(content['frequency_penalty']),
      presence_penalty: numberOf(content['presence_penalty']),
      seed: numberOf(content['seed']),
      stop: stopList(content['stop']),
      n: numberOf(content['n']),
      reasoning_effort: stringOf(content['reasoning_effort']),
    }),
    stream: booleanOf(content['stream']),
    extra: restOf(content, READ),
  });
}

/** `instructions` that an edit added become a system message in front: this surface keeps system text in the messages. */
function encodeRequest(edited: AnnotatedRequest, original: unknown): unknown {
  const source = isObject(original) ? original : {};
  const before = decodeRequest(source) ?? { messages: [], params: {} };
  const system = edited.instructions === undefined ? [] : [{ role: 'system', content: edited.instructions }];
  const originals = listOf(source['messages']);
  let calls: ReadonlyMap<string, Json> | undefined;
  const messages = patchList(originals, before.messages, [...system, ...edited.messages], {
    ...messagePairing,
    write: (...change) => encodeMessage((calls ??= callsById(originals)), ...change),
  });
  const patched = patchFields(source, wireFields(before, source), wireFields(edited, source));
  return setFields(patched, {
    ...(messages === originals ? {} : { messages }),
    ...(sameJson(before.tools, edited.tools)
      ? {}
      : { tools: encodeTools(source['tools'], before.tools, edited.tools, true) }),
  });
}

function wireFields(request: AnnotatedRequest, source: JsonObject): WireFields {
  const { max_tokens, stop, top_k, ...params } = request.params;
  return {
    ...request.extra,
    ...params,
    // OpenAI refuses it; servers that take it are known by a request that has one.
    ...(source['top_k'] === undefined ? {} : { top_k }),
    model: request.model,
    tool_choice: request.tool_choice,
    [limitKey(source)]: max_tokens,
    stop: stop && [...stop],
    stream: request.stream,
  };
}

function limitKey(request: JsonObject): 'max_tokens' | 'max_completion_tokens' {
  return request['max_completion_tokens'] == null && request['max_tokens'] != null
    ? 'max_tokens'
    : 'max_completion_tokens';
}

function stopList(stop: Json | undefined): readonly string[] | undefined {
  if (typeof stop === 'string') return [stop];
  return Array.isArray(stop) ? listOf(stop).filter((item) => typeof item === 'string') : undefined;
}

function decodeResponse(response: unknown): AnnotatedResponse | undefined {
  const given = field(response, 'choices');
  if (!isObject(response) || !Array.isArray(given)) return undefined;
  const list = listOf(given);
  const choices = list.length > 1 ? list.toSorted((a, b) => indexOf(a) - indexOf(b)) : list;
  const [first] = choices;
  if (first !== undefined && !isObject(field(first, 'message'))) return undefined;
  const reasons = choices
    .map((choice) => stringOf(field(choice, 'finish_reason')))
    .filter((each) => each !== undefined);
  const answer = first === undefined ? undefined : decodeChoice(first);
  return defined<AnnotatedResponse>({
    id: stringOf(response['id']),
    model: stringOf(response['model']),
    message: answer?.message,
    reasoning: answer?.reasoning,
    tool_calls: answer?.tool_calls,
    finish_reason: answer?.finish_reason,
    finish_reasons: reasons.length === 0 ? undefined : reasons,
    choices: choices.length > 1 ? choices.map((choice) => defined<AnnotatedChoice>(decodeChoice(choice))) : undefined,
    usage: decodeUsage(response['usage']),
  });
}

const indexOf = (choice: Json): number => numberOf(field(choice, 'index')) ?? 0;

function decodeChoice(choice: Json): MaybeUndefined<AnnotatedChoice> {
  const message = field(choice, 'message');
  const decoded = message === undefined ? undefined : decodeMessage(message);
  const reason = stringOf(field(choice, 'finish_reason'));
  return {
    message:
      decoded?.content === undefined
        ? stringOf(field(field(message, 'audio'), 'transcript'))
        : contentText(decoded.content),
    reasoning: decoded?.reasoning,
    tool_calls: decoded?.tool_calls?.length ? decoded.tool_calls : undefined,
    finish_reason: reason === undefined ? undefined : (FINISH.get(reason) ?? reason),
  };
}

/** OpenAI Chat Completions, and the many services that speak it. */
export const openaiChat: Codec = {
  id: 'openai_chat',
  operation: 'chat',
  dataSchema: shareJson({ name: 'openai/chat-completions', version: '1' }),
  decodeRequest: tolerant(decodeRequest),
  describe: describeFlat,
  encodeRequest,
  decodeResponse: tolerant(decodeResponse),
  accumulator: chatAccumulator,
};
