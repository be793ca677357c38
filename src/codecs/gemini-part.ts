// SPDX-License-Identifier: Apache-2.0
import type { Json, JsonObject } from '../atof/event.ts';
import type { AnnotatedMessage, AnnotatedToolCall } from './annotated.ts';
import type { PartDialect } from './turn-parts.ts';
import { patchFields, setFields, type WireFields } from './patch.ts';
import { defined, field, isObject, stringOf } from './read.ts';

const TO_WIRE: ReadonlyMap<string, string> = new Map([
  ['assistant', 'model'],
  ['tool', 'user'],
  ['system', 'user'],
  ['developer', 'user'],
]);

/** Gemini's `Content`: `role` and `parts`. Its calls often have no id; they are matched by name and order. */
export const geminiPart: PartDialect = {
  list: 'parts',
  alternating: false,
  roleOf(turn) {
    const role = stringOf(turn['role']) ?? 'user';
    return role === 'model' ? 'assistant' : role;
  },
  wireRole: (role) => TO_WIRE.get(role) ?? role,
  kind(part) {
    if (isObject(field(part, 'functionCall'))) return 'call';
    if (isObject(field(part, 'functionResponse'))) return 'result';
    return field(part, 'thought') === true && stringOf(field(part, 'text')) !== undefined ? 'thought' : 'content';
  },
  readCall(part) {
    const call = field(part, 'functionCall');
    return {
      id: stringOf(field(call, 'id')) ?? '',
      name: stringOf(field(call, 'name')) ?? '',
      arguments: field(call, 'args') ?? {},
    };
  },
  writeCall: (after, before, original) =>
    writeInner('functionCall', callFields(after), before && callFields(before), original),
  readThought: (part) => stringOf(field(part, 'text')) ?? '',
  writeThought: (text, original) => setFields(isObject(original) ? original : { thought: true }, { text }),
  readResult(part) {
    const result = field(part, 'functionResponse');
    return defined<AnnotatedMessage>({
      role: 'tool',
      tool_call_id: stringOf(field(result, 'id')),
      name: stringOf(field(result, 'name')),
      content: field(result, 'response'),
    });
  },
  writeResult: (after, before, original) =>
    writeInner('functionResponse', resultFields(after), before && resultFields(before), original),
};

/** A part with one named object: written over the original, so that its signature and fields that we do not know survive. */
function writeInner(
  key: string,
  after: WireFields,
  before: WireFields | undefined,
  original: Json | undefined,
): JsonObject {
  const inner = field(original, key);
  if (!isObject(original) || !isObject(inner)) return { [key]: setFields({}, defined<WireFields>({ ...after })) };
  return setFields(original, { [key]: patchFields(inner, before ?? {}, after) });
}

function callFields({ id, name, arguments: args }: AnnotatedToolCall): WireFields {
  return { id: id === '' ? undefined : id, name, args };
}

/** The API takes objects only, and reads an `output` in them as what the function gave. */
function resultFields({ tool_call_id: id, name, content }: AnnotatedMessage): WireFields {
  const response = content === undefined || isObject(content) ? content : { output: content };
  return { id: id === '' ? undefined : id, name, response };
}
