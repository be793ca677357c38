// SPDX-License-Identifier: Apache-2.0

import { answerText, argumentText } from '../model-server/answer-parts.ts';
import { countParts, countTokens } from '../model-server/count-tokens.ts';
import { asList, asObject } from '../model-server/json.ts';
import type { JsonObject } from '../model-server/json.ts';
import type { AnswerReply } from './reply.ts';

/** The tokens of a request before its answer. */
export function countInput(body: JsonObject): number {
  return countParts([body.system, body.messages, body.tools]);
}

/**
 * The `usage` of a whole message. A system prompt marked with `cache_control` is written to the cache; a script says when
 * one is read from it.
 */
export function messageUsage(body: JsonObject, answer: AnswerReply): JsonObject {
  const marked = asList(body.system).filter((part) => asObject(part).cache_control !== undefined);
  const written = answer.usage?.cacheWrite ?? countParts(marked);
  const read = answer.usage?.cacheRead ?? 0;
  const calls = (answer.toolCalls ?? []).map((call) => call.name + argumentText(call.arguments)).join('');
  const said = (answer.thinking ?? '') + (answerText(answer) ?? '');
  return {
    input_tokens: answer.usage?.input ?? Math.max(1, countInput(body) - written - read),
    cache_creation_input_tokens: written,
    cache_read_input_tokens: read,
    cache_creation: { ephemeral_5m_input_tokens: written, ephemeral_1h_input_tokens: 0 },
    output_tokens: answer.usage?.output ?? countTokens(said) + countTokens(calls),
    output_tokens_details: answer.thinking === undefined ? null : { thinking_tokens: countTokens(answer.thinking) },
    server_tool_use: null,
    service_tier: 'standard',
    inference_geo: null,
    speed: null,
  };
}

/** The part of a `usage` that a stream sends again at its end. */
export function deltaUsage(usage: JsonObject): JsonObject {
  const { service_tier: _, cache_creation: __, inference_geo: ___, speed: ____, ...counted } = usage;
  return counted;
}
