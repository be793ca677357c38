// SPDX-License-Identifier: Apache-2.0
import type { Json } from '../atof/event.ts';
import type { AnnotatedMessage, AnnotatedResponse, AnnotatedToolCall } from '../codecs/annotated.ts';
import { canonicalJson } from '../codecs/canonical-json.ts';
import { contentText } from '../codecs/content-text.ts';
import { isObject } from '../codecs/read.ts';

/**
 * What one message says, reduced to what stays the same when an application builds the message anew: role, text, and the ids,
 * names and arguments of tool calls. Reasoning, names, extra keys and the form of content and arguments do not count.
 */
export interface Turn {
  readonly role: string;
  readonly text: string;
  /** The call that a tool message answers. */
  readonly answers: string;
  readonly calls: readonly AnnotatedToolCall[];
}

/** The messages as turns. Neighbouring assistant messages are one turn: surfaces differ in how many they make of one response. */
export function turnsOf(messages: readonly AnnotatedMessage[]): readonly Turn[] {
  const groups: Turn[][] = [];
  for (const message of messages) {
    // Items that no codec models never come back in a decoded response; counting them would part the two.
    if (isObject(message.content)) continue;
    const turn = turnOf(message);
    const group = groups.at(-1);
    if (group?.[0]?.role === 'assistant' && turn.role === 'assistant') group.push(turn);
    else groups.push([turn]);
  }
  return groups.map(joinTurns);
}

/** The assistant turn that an application appends after this response. */
export function turnOfResponse({ message = '', tool_calls: calls = [] }: AnnotatedResponse): Turn {
  return { role: 'assistant', text: message, answers: '', calls };
}

/** Neighbouring turns of one role as one. */
export function joinTurns(turns: readonly Turn[]): Turn {
  const [first] = turns;
  if (turns.length === 1 && first) return first;
  const texts = turns.map((turn) => turn.text).filter((text) => text !== '');
  return { role: first?.role ?? '', text: texts.join('\n'), answers: '', calls: turns.flatMap((turn) => turn.calls) };
}

/** A text that is the same for equal turns only. */
export function printTurn({ role, text, answers, calls }: Turn): string {
  const printed = calls.map(({ id, name, arguments: input }) => [
    id,
    name,
    canonicalJson(input === '' ? {} : (input ?? {})),
  ]);
  return JSON.stringify([role, text, answers, printed]);
}

function turnOf({ role, content, tool_call_id: answers = '', tool_calls: calls = [] }: AnnotatedMessage): Turn {
  return { role, text: textOf(content), answers, calls };
}

function textOf(content: Json | undefined): string {
  if (content === undefined || content === null) return '';
  return typeof content === 'string' || Array.isArray(content) ? contentText(content) : canonicalJson(content);
}
