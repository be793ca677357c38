// SPDX-License-Identifier: Apache-2.0
import type { Json, JsonObject } from '../atof/event.ts';
import type { AnnotatedMessage, AnnotatedToolCall } from './annotated.ts';
import { sameJson } from './canonical-json.ts';
import { type PartDialect, readContent, writeContent } from './turn-parts.ts';
import { patchFields, setFields } from './patch.ts';
import { defined, field, isObject, listOf, stringOf } from './read.ts';

/** Converse's `Message`: `role` and `content`, a list of blocks. Tools that run at the provider stay content: nobody here answers them. */
export const bedrockBlock: PartDialect = {
  list: 'content',
  alternating: true,
  roleOf: (turn) => stringOf(turn['role']) ?? 'user',
  wireRole: (role) => (role === 'tool' || role === 'developer' ? 'user' : role),
  kind(block) {
    const call = field(block, 'toolUse');
    if (isObject(call)) return call['type'] === 'server_tool_use' ? 'content' : 'call';
    const result = field(block, 'toolResult');
    if (isObject(result)) return result['type'] === undefined ? 'result' : 'content';
    return reasoningOf(block) === undefined ? 'content' : 'thought';
  },
  readCall(block) {
    const call = field(block, 'toolUse');
    return {
      id: stringOf(field(call, 'toolUseId')) ?? '',
      name: stringOf(field(call, 'name')) ?? '',
      arguments: field(call, 'input') ?? {},
    };
  },
  writeCall(after, before, original) {
    const wire = ({ id, name, arguments: input }: AnnotatedToolCall) => ({ toolUseId: id, name, input });
    const inner = field(original, 'toolUse');
    if (!isObject(original) || !isObject(inner)) return { toolUse: wire(after) };
    return setFields(original, { toolUse: patchFields(inner, before ? wire(before) : {}, wire(after)) });
  },
  readThought: (block) => reasoningOf(block) ?? '',
  writeThought(text, original) {
    const content = objectOf(field(original, 'reasoningContent'));
    const reasoningText = setFields(objectOf(content['reasoningText']), { text });
    return setFields(objectOf(original), { reasoningContent: setFields(content, { reasoningText }) });
  },
  readResult(block) {
    const result = field(block, 'toolResult');
    const content = field(result, 'content');
    return defined<AnnotatedMessage>({
      role: 'tool',
      tool_call_id: stringOf(field(result, 'toolUseId')),
      content: Array.isArray(content) ? readContent(content) : content,
    });
  },
  writeResult(after, before, original) {
    const inner = objectOf(field(original, 'toolResult'));
    const edited = before === undefined || !sameJson(before.content, after.content);
    return setFields(objectOf(original), {
      toolResult: setFields(inner, {
        ...(before && before.tool_call_id === after.tool_call_id ? {} : { toolUseId: after.tool_call_id ?? '' }),
        ...(edited ? { content: resultContent(inner, after.content) } : {}),
      }),
    });
  },
};

/** Other surfaces have results that are plain objects. */
function resultContent(inner: JsonObject, content: Json | undefined): readonly Json[] {
  return writeContent(listOf(inner['content']), isObject(content) ? [{ json: content }] : content);
}

function reasoningOf(block: Json): string | undefined {
  return stringOf(field(field(field(block, 'reasoningContent'), 'reasoningText'), 'text'));
}

function objectOf(value: Json | undefined): JsonObject {
  return isObject(value) ? value : {};
}
