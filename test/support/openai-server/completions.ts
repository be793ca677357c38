// SPDX-License-Identifier: Apache-2.0

import { answerText, textPieces } from '../model-server/answer-parts.ts';
import { asObject } from '../model-server/json.ts';
import type { JsonObject } from '../model-server/json.ts';
import { freshId } from './ids.ts';
import type { AnswerReply } from './reply.ts';
import { countUsage } from './usage.ts';

/** The buffered answer of `POST /completions`. */
export function completion(body: JsonObject, answer: AnswerReply): JsonObject {
  const text = answerText(answer) ?? '';
  const choices = indexesOf(body).map((index) => choice(index, text, answer.finishReason ?? 'stop'));
  return { ...head(body, answer), choices, usage: usageOf(body, answer) };
}

/** The chunks of a streamed one, which are of the same kind. Usage comes only when it was asked for, in a last chunk without choices. */
export function completionChunks(body: JsonObject, answer: AnswerReply): readonly JsonObject[] {
  const withUsage = asObject(body.stream_options).include_usage === true;
  const shared = head(body, answer);
  const tail = withUsage ? { usage: null } : {};
  const pieces = [...textPieces(answer).map((text) => ({ text, finish: null })), { text: '', finish: 'stop' }];
  const chunks: JsonObject[] = pieces.flatMap(({ text, finish }) =>
    indexesOf(body).map((index) => ({ ...shared, choices: [choice(index, text, finish)], ...tail })),
  );
  if (withUsage) chunks.push({ ...shared, choices: [], usage: usageOf(body, answer) });
  return chunks;
}

function head(body: JsonObject, answer: AnswerReply): JsonObject {
  return {
    id: (answer.ids ?? freshId)('cmpl'),
    object: 'text_completion',
    created: answer.created ?? Math.floor(Date.now() / 1000),
    model: answer.model ?? body.model,
  };
}

const choice = (index: number, text: string, finish: string | null): JsonObject => ({
  text,
  index,
  logprobs: null,
  finish_reason: finish,
});

function usageOf(body: JsonObject, answer: AnswerReply): JsonObject {
  const { input, output } = countUsage(body, answer);
  return { prompt_tokens: input, completion_tokens: output, total_tokens: input + output };
}

/** As many answers for each prompt as were asked for. */
function indexesOf({ prompt, n }: JsonObject): readonly number[] {
  const prompts = Array.isArray(prompt) && typeof prompt[0] !== 'number' ? prompt.length : 1;
  return Array.from({ length: prompts * (typeof n === 'number' ? n : 1) }, (_, index) => index);
}
