// SPDX-License-Identifier: Apache-2.0

import { answerText, argumentPieces, argumentText, textPieces, wordsOf } from '../model-server/answer-parts.ts';
import { asObject } from '../model-server/json.ts';
import type { JsonObject } from '../model-server/json.ts';
import { freshId } from './ids.ts';
import type { AnswerReply } from './reply.ts';
import { servedModel } from './served-model.ts';
import { chatUsage, countUsage } from './usage.ts';

/** The buffered answer of `POST /chat/completions`. */
export function chatCompletion(body: JsonObject, answer: AnswerReply): JsonObject {
  const calls = toolCalls(answer);
  const message = {
    role: 'assistant',
    content: answerText(answer) ?? null,
    ...(calls.length > 0 && { tool_calls: calls }),
    refusal: answer.refusal ?? null,
    annotations: [],
  };
  return {
    ...head(body, answer, 'chat.completion'),
    choices: choiceIndexes(body).map((index) => ({
      index,
      message,
      logprobs: null,
      finish_reason: finishReason(answer),
    })),
    usage: chatUsage(countUsage(body, answer)),
    service_tier: 'default',
    system_fingerprint: 'fp_44709d6fcb',
  };
}

/** The chunks of a streamed answer, in order. Usage comes only when it was asked for, in a last chunk without choices. */
export function chatCompletionChunks(body: JsonObject, answer: AnswerReply): readonly JsonObject[] {
  const withUsage = asObject(body.stream_options).include_usage === true;
  const shared = {
    ...head(body, answer, 'chat.completion.chunk'),
    service_tier: 'default',
    system_fingerprint: 'fp_44709d6fcb',
  };
  const tail = withUsage ? { usage: null } : {};
  const chunks: JsonObject[] = [];
  const deltas = deltasOf(answer);

  for (const delta of deltas) {
    for (const index of choiceIndexes(body)) {
      chunks.push({ ...shared, choices: [{ index, delta, logprobs: null, finish_reason: null }], ...tail });
    }
  }
  for (const index of choiceIndexes(body)) {
    const choice = { index, delta: {}, logprobs: null, finish_reason: finishReason(answer) };
    chunks.push({ ...shared, choices: [choice], ...tail });
  }
  if (withUsage) chunks.push({ ...shared, choices: [], usage: chatUsage(countUsage(body, answer)) });
  return chunks;
}

function deltasOf(answer: AnswerReply): readonly JsonObject[] {
  const calls = toolCalls(answer);
  const speaks = answerText(answer) !== undefined;
  const deltas: JsonObject[] = [{ role: 'assistant', content: speaks ? '' : null, refusal: null }];
  for (const content of textPieces(answer)) deltas.push({ content });
  for (const refusal of wordsOf(answer.refusal ?? '')) deltas.push({ refusal });
  for (const [index, call] of calls.entries()) {
    const { name } = call.function;
    deltas.push({ tool_calls: [{ index, id: call.id, type: call.type, function: { name, arguments: '' } }] });
    for (const piece of argumentPieces(call.function.arguments)) {
      deltas.push({ tool_calls: [{ index, function: { arguments: piece } }] });
    }
  }
  return deltas;
}

function head(body: JsonObject, answer: AnswerReply, object: string): JsonObject {
  return {
    id: (answer.ids ?? freshId)('chatcmpl'),
    object,
    created: answer.created ?? Math.floor(Date.now() / 1000),
    model: answer.model ?? servedModel(body.model),
  };
}

interface WireToolCall {
  readonly id: string;
  readonly type: 'function';
  readonly function: { readonly name: string; readonly arguments: string };
}

function toolCalls(answer: AnswerReply): readonly WireToolCall[] {
  return (answer.toolCalls ?? []).map((call) => ({
    id: call.id ?? (answer.ids ?? freshId)('call'),
    type: 'function',
    function: { name: call.name, arguments: argumentText(call.arguments) },
  }));
}

function finishReason(answer: AnswerReply): string {
  return answer.finishReason ?? (answer.toolCalls?.length ? 'tool_calls' : 'stop');
}

function choiceIndexes(body: JsonObject): readonly number[] {
  return Array.from({ length: typeof body.n === 'number' ? body.n : 1 }, (_, index) => index);
}
