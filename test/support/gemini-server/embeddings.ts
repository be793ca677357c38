// SPDX-License-Identifier: Apache-2.0

import { asList, asObject, textOf } from '../model-server/json.ts';
import type { JsonObject } from '../model-server/json.ts';
import { vectorOf } from '../model-server/vector.ts';
import type { AnswerReply } from './reply.ts';

/** The answer of `:embedContent`. */
export function embedContent(body: JsonObject, answer: AnswerReply): JsonObject {
  return { embedding: embedding(body, answer, 0) };
}

/** The answer of `:batchEmbedContents`, in the order of its requests. */
export function batchEmbedContents(body: JsonObject, answer: AnswerReply): JsonObject {
  return { embeddings: asList(body.requests).map((request, index) => embedding(asObject(request), answer, index)) };
}

function embedding(request: JsonObject, answer: AnswerReply, index: number): JsonObject {
  const dimensions = typeof request.outputDimensionality === 'number' ? request.outputDimensionality : 16;
  return { values: answer.vectors?.[index] ?? vectorOf(textOf(asObject(request.content).parts), dimensions) };
}
