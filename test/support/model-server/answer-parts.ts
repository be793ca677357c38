// SPDX-License-Identifier: Apache-2.0

interface Spoken {
  readonly text?: string;
  readonly chunks?: readonly string[];
}

/** The whole text of an answer, or undefined when the model says nothing. */
export function answerText(answer: Spoken): string | undefined {
  return answer.text ?? answer.chunks?.join('');
}

/** How the text of an answer is streamed: as the script cut it, else word by word. */
export function textPieces(answer: Spoken): readonly string[] {
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

/** A tool call's arguments as they go over the wire. */
export function argumentText(value: string | object): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}
