// SPDX-License-Identifier: Apache-2.0
import type { Json } from '../atof/event.ts';
import type { AnnotatedMessage, AnnotatedTool, AnnotatedToolCall } from './annotated.ts';
import { sameJson } from './canonical-json.ts';
import type { Pairing } from './pair-items.ts';

/** Messages: a result belongs to its call, a message to its calls and to its reasoning; the others are who said them. */
export const messagePairing: Pairing<AnnotatedMessage> = {
  pairKey: ({ role }) => role,
  names({ role, tool_call_id: answered, tool_calls: calls = [], reasoning }) {
    const ids = role === 'tool' ? [answered] : [...calls.map(({ id }) => id), reasoning];
    return ids.flatMap((id) => (id ? [`${role} ${id}`] : []));
  },
  agrees(before, after) {
    if (before.role === 'tool' && after.role === 'tool') return resultsAgree(before, after);
    const [was, is] = [before.tool_calls ?? [], after.tool_calls ?? []];
    if (was.length === 0 && is.length === 0) return true;
    return (
      was.some((call) => is.some((other) => callsAgree(call, other))) ||
      (says(before.content) && sameJson(before.content, after.content)) ||
      (says(before.reasoning) && before.reasoning === after.reasoning)
    );
  },
};

/** Calls of one message. With another id it is another call. */
export const callPairing: Pairing<AnnotatedToolCall> = {
  pairKey: ({ id }) => id,
  names: ({ id }) => (id ? [id] : []),
  agrees: callsAgree,
};

/** Tools of a request: the name says which is which. */
export const toolPairing: Pairing<AnnotatedTool> = { pairKey: ({ name }) => name, names: ({ name }) => [name] };

/** Whether a call can be another one after an edit: the same id, or the same said under another. Without ids the name has to do. */
function callsAgree(before: AnnotatedToolCall, after: AnnotatedToolCall): boolean {
  if (before.id === after.id) return before.id !== '' || before.name === after.name;
  return before.name === after.name && sameJson(before.arguments, after.arguments);
}

function resultsAgree(before: AnnotatedMessage, after: AnnotatedMessage): boolean {
  const [was, is] = [before.tool_call_id ?? '', after.tool_call_id ?? ''];
  if (was === is) return was !== '' || before.name === after.name;
  return says(before.content) && sameJson(before.content, after.content);
}

/** An empty content is no sign that two messages are one. */
function says(content: Json | undefined): boolean {
  return content !== undefined && content !== '' && !(Array.isArray(content) && content.length === 0);
}
