// SPDX-License-Identifier: Apache-2.0

import { countTokens } from '../model-server/count-tokens.ts';
import type { JsonObject } from '../model-server/json.ts';
import { vectorOf } from '../model-server/vector.ts';
import type { AnswerReply } from './reply.ts';

/** The answer of `POST /embeddings`: numbers, or the bytes of 32-bit floats in base64, as `encoding_format` says. */
export function embeddings(body: JsonObject, answer: AnswerReply): JsonObject {
  const inputs = inputsOf(body.input);
  const dimensions = typeof body.dimensions === 'number' ? body.dimensions : 16;
  const vectors = answer.vectors ?? inputs.map((input) => vectorOf(input, dimensions));
  const tokens = inputs.reduce((sum, input) => sum + countTokens(input), 0);
  return {
    object: 'list',
    data: vectors.map((vector, index) => ({
      object: 'embedding',
      index,
      embedding: body.encoding_format === 'base64' ? base64Of(vector) : vector,
    })),
    model: answer.model ?? body.model,
    usage: { prompt_tokens: tokens, total_tokens: tokens },
  };
}

function inputsOf(input: unknown): readonly string[] {
  if (Array.isArray(input) && input.length > 0 && typeof input[0] !== 'number') {
    return input.map((entry) => (typeof entry === 'string' ? entry : JSON.stringify(entry)));
  }
  return [typeof input === 'string' ? input : JSON.stringify(input ?? '')];
}

function base64Of(vector: readonly number[]): string {
  const floats = Float32Array.from(vector);
  return Buffer.from(floats.buffer).toString('base64');
}
