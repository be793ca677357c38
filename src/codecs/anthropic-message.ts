// SPDX-License-Identifier: Apache-2.0
import type { Json, JsonObject } from '../atof/event.ts';
import type { AnnotatedMessage } from './annotated.ts';
import { decodeToolUse, freshBlocks, isPart, isToolUse, patchBlocks } from './anthropic-content.ts';
import { joinedText } from './anthropic-text.ts';
import { patchFields, setFields } from './patch.ts';
import { defined, field, isObject, listOf, stringOf } from './read.ts';

/** Whether the block says what a tool of the application returned. */
export function isToolResult(block: Json | undefined): boolean {
  return field(block, 'type') === 'tool_result';
}

/**
 * A message as the messages that it is decoded to: each tool result is one, so are the blocks between them. A message that
 * is a single one stays the same object.
 */
export function splitMessage(message: Json): readonly Json[] {
  if (!isObject(message)) return [message];
  const blocks = listOf(message['content']);
  if (blocks.length < 2 || !blocks.some(isToolResult)) return [message];
  const runs: Json[][] = [];
  for (const [index, block] of blocks.entries()) {
    if (index === 0 || isToolResult(block) || isToolResult(blocks[index - 1])) runs.push([block]);
    else runs.at(-1)?.push(block);
  }
  return runs.map((content) => setFields(message, { content }));
}

/** A message that has been split. Something that is no message becomes the content of one with role `unknown`. */
export function decodeMessage(message: Json): AnnotatedMessage {
  if (!isObject(message)) return { role: 'unknown', content: message };
  const { content } = message;
  const role = stringOf(message['role']) ?? 'unknown';
  if (!Array.isArray(content)) return defined<AnnotatedMessage>({ role, content: content ?? undefined });
  const blocks = listOf(content);
  const [result] = blocks;
  if (blocks.length === 1 && isToolResult(result)) {
    return defined<AnnotatedMessage>({
      role: 'tool',
      tool_call_id: stringOf(field(result, 'tool_use_id')),
      content: field(result, 'content'),
    });
  }
  const parts = blocks.filter(isPart);
  const calls = blocks.filter(isToolUse).map(decodeToolUse);
  return defined<AnnotatedMessage>({
    role,
    content: parts.length === 0 && blocks.length > 0 ? undefined : parts,
    tool_calls: calls.length === 0 ? undefined : calls,
    reasoning: joinedText(blocks, 'thinking'),
  });
}

/** The message over the one that it replaces, else anew. The two have the same role. */
export function encodeMessage(after: AnnotatedMessage, before?: AnnotatedMessage, original?: Json): JsonObject {
  if (!isObject(original) || !before) return freshMessage(after);
  const blocks = listOf(original['content']);
  const [result] = blocks;
  if (before.role === 'tool' && isObject(result))
    return setFields(original, { content: [patchResult(result, before, after)] });
  if (Array.isArray(original['content'])) return setFields(original, { content: patchBlocks(blocks, before, after) });
  if (after.tool_calls?.length) return setFields(original, { content: freshBlocks(after) });
  return setFields(original, { content: after.content ?? [] });
}

function patchResult(result: JsonObject, before: AnnotatedMessage, after: AnnotatedMessage): JsonObject {
  const wire = ({ tool_call_id: id, content }: AnnotatedMessage) => ({ tool_use_id: id, content });
  return patchFields(result, wire(before), wire(after));
}

function freshMessage(message: AnnotatedMessage): JsonObject {
  const { role, content, tool_call_id: id = '' } = message;
  if (role === 'tool') {
    const said = content === undefined ? {} : { content };
    return { role: 'user', content: [{ type: 'tool_result', tool_use_id: id, ...said }] };
  }
  if (message.tool_calls?.length) return { role, content: freshBlocks(message) };
  return { role, content: content ?? [] };
}
