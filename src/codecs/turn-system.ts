// SPDX-License-Identifier: Apache-2.0
import type { AnnotatedMessage, AnnotatedRequest } from './annotated.ts';
import { contentText } from './content-text.ts';

/** System messages that an edit added, as part of the instructions: both providers keep system text outside of the turns. */
export function withSystemLifted(edited: AnnotatedRequest, before: AnnotatedRequest): AnnotatedRequest {
  if (before.messages.some(isSystem) || !edited.messages.some(isSystem)) return edited;
  const texts = edited.messages.filter(isSystem).map(({ content }) => contentText(content));
  return {
    ...edited,
    instructions: [edited.instructions ?? [], ...texts].flat().join('\n'),
    messages: edited.messages.filter((message) => !isSystem(message)),
  };
}

function isSystem({ role }: AnnotatedMessage): boolean {
  return role === 'system' || role === 'developer';
}
