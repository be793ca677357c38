// SPDX-License-Identifier: Apache-2.0
import type { AnnotatedMessage } from '../codecs/annotated.ts';
import { contentText } from '../codecs/content-text.ts';
import { isObject } from '../codecs/read.ts';
import type { RequestView } from './request-view.ts';
import { joinTurns, printTurn, type Turn, turnsOf } from './turn.ts';

/** Where in a request's messages its news begin. */
export interface Untold {
  /** Index of the first message that was not told. */
  readonly from: number;
  /** Index after the last answer of the model: what comes before it is history, what follows is new. */
  readonly lastAnswer: number;
  /** Index of the first message of the told answer before `from`. What comes before that is never looked at. */
  readonly knownTo: number;
  /** The told answer before `from`, printed; empty where the request continues nothing that was told. */
  readonly anchor: string;
}

/** System text in front of the messages, and how many messages it takes. */
export function leadingSystem(request: RequestView): { readonly text: string; readonly length: number } {
  const texts = request.head.instructions === undefined ? [] : [request.head.instructions];
  let length = 0;
  for (; length < request.count && isSystem(request.message(length)); length++) {
    texts.push(contentText(request.message(length).content));
  }
  return { text: texts.filter((text) => text !== '').join('\n\n'), length };
}

/** Walks back from the end to the last answer that was told, so that the length of the known history costs nothing. */
export function findUntold(request: RequestView, start: number, isTold: (answer: Turn | undefined) => boolean): Untold {
  const back = (from: number, while_: (message: AnnotatedMessage) => boolean): number => {
    let index = from;
    while (index > start && while_(request.message(index - 1))) index--;
    return index;
  };
  const lastAnswer = back(request.count, (message) => !isAnswer(message));
  for (let end = lastAnswer; end > start;) {
    const first = back(end, isAnswer);
    const answer = answerAt(request, first, end);
    if (isTold(answer))
      return { from: end, lastAnswer, knownTo: first, anchor: answer ? printTurn(answer) : 'reference' };
    end = back(first, (message) => !isAnswer(message));
  }
  return { from: start, lastAnswer, knownTo: start, anchor: '' };
}

/** The answer that these messages make up; undefined where they only refer to what the provider keeps. */
export function answerAt(request: RequestView, start: number, end: number): Turn | undefined {
  const messages = Array.from({ length: end - start }, (_, offset) => request.message(start + offset));
  const turns = turnsOf(messages);
  return turns.length === 0 ? undefined : joinTurns(turns);
}

/** Said by the model, or one of the items which no codec models: the provider's own tools, references. */
export function isAnswer(message: AnnotatedMessage): boolean {
  return message.role === 'assistant' || isObject(message.content);
}

/** System text, whichever name the provider has for it. */
export function isSystem({ role }: AnnotatedMessage): boolean {
  return role === 'system' || role === 'developer';
}
