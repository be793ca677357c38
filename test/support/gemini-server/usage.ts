// SPDX-License-Identifier: Apache-2.0

import { answerText } from '../model-server/answer-parts.ts';
import { countParts, countTokens } from '../model-server/count-tokens.ts';
import type { JsonObject } from '../model-server/json.ts';
import type { AnswerReply } from './reply.ts';

/** The tokens of a request before its answer. */
export function countPrompt(body: JsonObject): number {
  return countParts([body.systemInstruction, body.contents, body.tools]);
}

/** The `usageMetadata` of a whole answer. Thoughts count in the total, but not among those of the candidates. */
export function usageMetadata(body: JsonObject, answer: AnswerReply): JsonObject {
  const calls = (answer.toolCalls ?? []).map((call) => call.name + JSON.stringify(call.arguments)).join('');
  const prompt = answer.usage?.prompt ?? countPrompt(body);
  const candidates = answer.usage?.candidates ?? countTokens(answerText(answer) ?? '') + countTokens(calls);
  const thoughts = answer.usage?.thoughts ?? countTokens(answer.thoughts ?? '');
  const cached = answer.usage?.cached;
  return {
    promptTokenCount: prompt,
    ...(answer.blockReason === undefined && { candidatesTokenCount: candidates }),
    totalTokenCount: prompt + candidates + thoughts,
    ...(cached !== undefined && {
      cachedContentTokenCount: cached,
      cacheTokensDetails: [{ modality: 'TEXT', tokenCount: cached }],
    }),
    promptTokensDetails: [{ modality: 'TEXT', tokenCount: prompt }],
    ...(thoughts > 0 && { thoughtsTokenCount: thoughts }),
  };
}
