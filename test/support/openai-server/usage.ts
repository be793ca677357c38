// SPDX-License-Identifier: Apache-2.0

import type { JsonObject } from './json.ts';
import type { AnswerReply } from './reply.ts';

/** Token counts before they take the shape of one endpoint. */
export interface TokenCounts {
  readonly input: number;
  readonly output: number;
  readonly cached: number;
  readonly reasoning: number;
}

/** About four characters a token, at least one: the same text always costs the same. */
export function countTokens(text: string): number {
  return text === '' ? 0 : Math.max(1, Math.ceil(text.length / 4));
}

/**
 * Counts for a request and its answer. Prompts from 1024 tokens on are cached in steps of 128, and models that reason
 * spend 64 tokens on it, as the provider bills them.
 */
export function countUsage(body: JsonObject, answer: AnswerReply): TokenCounts {
  const prompt = [body.instructions, body.messages ?? body.input ?? body.prompt, body.tools]
    .filter((part) => part !== undefined && part !== null)
    .map((part) => (typeof part === 'string' ? part : JSON.stringify(part)))
    .join('');
  const said = (answer.text ?? answer.chunks?.join('') ?? '') + (answer.refusal ?? '');
  const calls = (answer.toolCalls ?? []).map((call) => call.name + argumentText(call.arguments)).join('');

  const input = answer.usage?.input ?? countTokens(prompt);
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

/** A tool call's arguments as they go over the wire. */
export function argumentText(value: string | object): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}
