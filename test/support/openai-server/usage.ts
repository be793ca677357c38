// SPDX-License-Identifier: Apache-2.0

import { answerText, argumentText } from '../model-server/answer-parts.ts';
import { countParts, countTokens } from '../model-server/count-tokens.ts';
import type { JsonObject } from '../model-server/json.ts';
import type { AnswerReply } from './reply.ts';

/** Token counts before they take the shape of one endpoint. */
export interface TokenCounts {
  readonly input: number;
  readonly output: number;
  readonly cached: number;
  readonly reasoning: number;
}

/**
 * Counts for a request and its answer. Prompts from 1024 tokens on are cached in steps of 128, and models that reason
 * spend 64 tokens on it, as the provider bills them.
 */
export function countUsage(body: JsonObject, answer: AnswerReply): TokenCounts {
  const said = (answerText(answer) ?? '') + (answer.refusal ?? '');
  const calls = (answer.toolCalls ?? []).map((call) => call.name + argumentText(call.arguments)).join('');

  const input =
    answer.usage?.input ?? countParts([body.instructions, body.messages ?? body.input ?? body.prompt, body.tools]);
  const reasoning = answer.usage?.reasoning ?? (/^(o\d|gpt-5)/.test(String(body.model)) ? 64 : 0);
  const output = answer.usage?.output ?? countTokens(said) + countTokens(calls) + reasoning;
  const cached = answer.usage?.cached ?? (input >= 1024 ? input - (input % 128) : 0);
  return { input, output, cached, reasoning };
}

/** The `usage` object of a chat completion. */
export function chatUsage({ input, output, cached, reasoning }: TokenCounts): JsonObject {
  return {
    prompt_tokens: input,
    completion_tokens: output,
    total_tokens: input + output,
    prompt_tokens_details: { cached_tokens: cached, audio_tokens: 0 },
    completion_tokens_details: {
      reasoning_tokens: reasoning,
      audio_tokens: 0,
      accepted_prediction_tokens: 0,
      rejected_prediction_tokens: 0,
    },
  };
}

/** The `usage` object of a response. */
export function responsesUsage({ input, output, cached, reasoning }: TokenCounts): JsonObject {
  return {
    input_tokens: input,
    input_tokens_details: { cached_tokens: cached },
    output_tokens: output,
    output_tokens_details: { reasoning_tokens: reasoning },
    total_tokens: input + output,
  };
}
