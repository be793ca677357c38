// SPDX-License-Identifier: Apache-2.0

import type { AnswerReply } from './reply.ts';

/** The whole text of an answer, or undefined when the model says nothing. */
export function answerText(answer: AnswerReply): string | undefined {
  return answer.text ?? answer.chunks?.join('');
}

/** How the text of an answer is streamed: as the script cut it, else word by word. */
export function textPieces(answer: AnswerReply): readonly string[] {
  return answer.chunks ?? wordsOf(answer.text ?? '');
}

/** A text word by word; joined the words are the text. */
export function wordsOf(text: string): readonly string[] {
  return text.match(/\s*\S+(\s+$)?|\s+/g) ?? [];
}

/** Arguments in fragments of eight characters, which cut JSON where it hurts. */
export function argumentPieces(text: string): readonly string[] {
  return text.match(/[^]{1,8}/g) ?? [];
}

/** The dated name under which the provider answers for an alias. */
export function servedModel(requested: unknown): string {
  const model = String(requested);
  return /\d{4}-\d{2}-\d{2}$/.test(model) ? model : `${model}-2026-06-01`;
}
