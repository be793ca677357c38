// SPDX-License-Identifier: Apache-2.0

import { answerText, textPieces, wordsOf } from '../model-server/answer-parts.ts';
import { randomLetters } from '../model-server/ids.ts';
import type { JsonObject } from '../model-server/json.ts';
import type { AnswerReply } from './reply.ts';
import { usageMetadata } from './usage.ts';

const thoughtSignature = 'CiQBjz1rX2Zsb3cgdGVzdCBzaWduYXR1cmU=';

/** The buffered answer of `:generateContent`. */
export function generateContent(model: string, body: JsonObject, answer: AnswerReply): JsonObject {
  const text = answerText(answer);
  const parts: readonly JsonObject[] = [
    ...(answer.thoughts === undefined ? [] : [{ text: answer.thoughts, thought: true }]),
    ...(text === undefined ? [] : [{ text }]),
    ...functionCalls(answer),
  ];
  return { ...content(answer, parts, true), usageMetadata: usageMetadata(body, answer), ...tail(model, answer) };
}

/** The answers of `:streamGenerateContent`, in order: each a piece, with the usage so far; the last has the reason to stop. */
export function generateContentChunks(model: string, body: JsonObject, answer: AnswerReply): readonly JsonObject[] {
  const pieces: readonly JsonObject[] = [
    ...wordsOf(answer.thoughts ?? '').map((text) => ({ text, thought: true })),
    ...textPieces(answer).map((text) => ({ text })),
    ...functionCalls(answer),
  ];
  const usage = usageMetadata(body, answer);
  const { promptTokenCount, promptTokensDetails } = usage;
  const sofar = { promptTokenCount, totalTokenCount: promptTokenCount, promptTokensDetails };
  const end = tail(model, answer);
  const parts = pieces.length > 0 ? pieces : [{ text: '' }];
  return parts.map((part, index) => {
    const last = index === parts.length - 1;
    return { ...content(answer, [part], last), usageMetadata: last ? usage : sofar, ...end };
  });
}

function content(answer: AnswerReply, parts: readonly JsonObject[], last: boolean): JsonObject {
  if (answer.blockReason !== undefined) return { promptFeedback: { blockReason: answer.blockReason } };
  const finishReason = last ? { finishReason: answer.finishReason ?? 'STOP' } : {};
  return { candidates: [{ content: { parts, role: 'model' }, ...finishReason, index: 0 }] };
}

/** A call is never cut into pieces. The first one carries the signature of the thoughts that led to it. */
function functionCalls(answer: AnswerReply): readonly JsonObject[] {
  return (answer.toolCalls ?? []).map(({ name, arguments: args, id }, index) => ({
    functionCall: { name, args, ...(id !== undefined && { id }) },
    ...(index === 0 && answer.thoughts !== undefined && { thoughtSignature }),
  }));
}

function tail(model: string, answer: AnswerReply): JsonObject {
  return { modelVersion: answer.model ?? model, responseId: answer.ids?.('resp') ?? randomLetters(22) };
}
