// SPDX-License-Identifier: Apache-2.0
import type { AnnotatedRequest, AnnotatedResponse } from '../codecs/annotated.ts';
import { canonicalJson } from '../codecs/canonical-json.ts';
import { TextSum } from './text-sum.ts';
import { joinTurns, type Turn, turnOfResponse, turnsOf } from './turn.ts';

/**
 * The key of the history that a request continues: a hash of its messages up to and including the last assistant message.
 * `continues` is absent where there is none. Messages that the application has built anew give the same key; another text, id or
 * order gives another one. Images, audio and files do not count.
 */
export function historyKeys(annotated: AnnotatedRequest): { readonly continues?: string } {
  const turns = chainOf(annotated);
  const last = turns.findLastIndex((turn) => turn.role === 'assistant');
  return last < 0 ? {} : { continues: hash(turns.slice(0, last + 1)) };
}

/**
 * The key which the following request has as `continues` when the application appends this response to these messages. Undefined
 * where the provider keeps the history (`previous_response_id`, a conversation): the messages then are not the whole of it.
 */
export function nextKey(annotated: AnnotatedRequest, response: AnnotatedResponse): string | undefined {
  if (annotated.previous_response_id !== undefined || annotated.conversation_id !== undefined) return undefined;
  const turns = chainOf(annotated);
  const last = turns.at(-1);
  const next = turnOfResponse(response);
  return hash(last?.role === 'assistant' ? [...turns.slice(0, -1), joinTurns([last, next])] : [...turns, next]);
}

/** The keys under which the run of a request is looked for, in order: what the provider keeps first, then the messages. */
export function joinKeys(annotated: AnnotatedRequest): readonly string[] {
  const { continues } = historyKeys(annotated);
  return [
    ...providerKeys(annotated.previous_response_id, annotated.conversation_id),
    ...(continues ? [continues] : []),
  ];
}

/** The keys under which a run is to be remembered once a request of it was answered. */
export function rememberKeys(annotated: AnnotatedRequest, response: AnnotatedResponse): readonly string[] {
  const next = nextKey(annotated, response);
  return [...providerKeys(response.id, annotated.conversation_id), ...(next ? [next] : [])];
}

function providerKeys(responseId: string | undefined, conversationId: string | undefined): readonly string[] {
  return [
    ...(responseId ? [`response:${responseId}`] : []),
    ...(conversationId ? [`conversation:${conversationId}`] : []),
  ];
}

function chainOf({ instructions, messages }: AnnotatedRequest): readonly Turn[] {
  const turns = turnsOf(messages);
  return instructions === undefined
    ? turns
    : [{ role: 'system', text: instructions, answers: '', calls: [] }, ...turns];
}

/** No two histories of one process meet by chance. Not a digest of a library's: that costs more than the rest of a short call's bookkeeping. */
function hash(turns: readonly Turn[]): string {
  const sum = new TextSum();
  for (const { role, text, answers, calls } of turns) {
    sum.add(role);
    sum.add(text);
    sum.add(answers);
    for (const { id, name, arguments: input } of calls) {
      sum.add(id ?? '');
      sum.add(name);
      sum.add(canonicalJson(input === '' ? {} : (input ?? {})));
    }
    // Where the calls end: the length of no text.
    sum.addLength(-1);
  }
  return sum.end();
}
