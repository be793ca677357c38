// SPDX-License-Identifier: Apache-2.0
import type { Json } from '../atof/event.ts';
import type { AnnotatedMessage } from './annotated.ts';
import { patchList } from './patch.ts';
import { listOf } from './read.ts';

/** What may be one text or several, each as a string or as a list of token numbers: one user message for each. */
export function messagesOfTexts(input: Json | undefined): readonly AnnotatedMessage[] {
  return textsOf(input).map((content): AnnotatedMessage => ({ role: 'user', content }));
}

/** The input after an edit of these messages, in the form in which it came; the input itself without one. */
export function encodeTexts(input: Json | undefined, edited: readonly AnnotatedMessage[]): Json | undefined {
  const originals = textsOf(input);
  const texts = patchList(originals, messagesOfTexts(input), edited, {
    pairKey: (message) => message.role,
    write: (message) => [message.content ?? ''],
  });
  if (texts === originals) return input;
  const [only] = texts;
  return texts.length === 1 && only !== undefined && isSingle(input) ? only : texts;
}

function textsOf(input: Json | undefined): readonly Json[] {
  return isSingle(input) ? [input] : listOf(input);
}

const isSingle = (input: Json | undefined): input is Json =>
  typeof input === 'string' || typeof listOf(input)[0] === 'number';
