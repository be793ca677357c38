// SPDX-License-Identifier: Apache-2.0
import type { Json, JsonObject } from '../atof/event.ts';
import type { AnnotatedMessage, AnnotatedToolCall } from './annotated.ts';
import { parseArguments, printArguments } from './call-arguments.ts';
import { sameJson } from './canonical-json.ts';
import { contentText } from './content-text.ts';
import { wireContent } from './openai-responses-part.ts';
import { patchFields, setFields } from './patch.ts';
import { defined, field, isObject, stringOf } from './read.ts';

/**
 * One item of `input` or `output` as one message: a call is an assistant message with that call, its output a tool message,
 * reasoning an assistant message with reasoning only. An item of another kind has its type as role and itself as content.
 */
export function decodeItem(item: Json): AnnotatedMessage {
  if (typeof item === 'string') return { role: 'user', content: item };
  if (!isObject(item)) return { role: 'unknown', content: item };
  const call = decodeCall(item);
  if (call) return { role: 'assistant', tool_calls: [call] };
  if (isCallOutput(item)) {
    return defined<AnnotatedMessage>({
      role: 'tool',
      tool_call_id: stringOf(item['call_id']),
      content: item['output'] ?? undefined,
    });
  }
  if (item['type'] === 'reasoning')
    return defined<AnnotatedMessage>({ role: 'assistant', reasoning: reasoningText(item) });
  const role = messageRole(item);
  if (role === undefined) return { role: stringOf(item['type']) ?? 'unknown', content: item };
  return defined<AnnotatedMessage>({ role, content: item['content'] ?? undefined, name: stringOf(item['name']) });
}

/** The call that an item is, or undefined. */
export function decodeCall(item: Json): AnnotatedToolCall | undefined {
  const type = field(item, 'type');
  if (type !== 'function_call' && type !== 'custom_tool_call') return undefined;
  return {
    id: stringOf(field(item, 'call_id')) ?? '',
    name: stringOf(field(item, 'name')) ?? '',
    // The input of a custom tool is free text even where it happens to be JSON.
    arguments: type === 'function_call' ? parseArguments(field(item, 'arguments')) : (field(item, 'input') ?? ''),
  };
}

/** The text of a reasoning item: its summaries, else the reasoning itself where the provider shows it. */
export function reasoningText(item: Json): string | undefined {
  const text = contentText(field(item, 'summary')) || contentText(field(item, 'content'));
  return text === '' ? undefined : text;
}

/** The role of an item that is a message; other kinds may have a role too. */
function messageRole(item: JsonObject): string | undefined {
  const { type } = item;
  return type == null || type === 'message' ? stringOf(item['role']) : undefined;
}

function isCallOutput(item: JsonObject): boolean {
  return item['type'] === 'function_call_output' || item['type'] === 'custom_tool_call_output';
}

/** The items among these that are calls, by the ids of the calls. */
export function callItems(items: readonly Json[]): ReadonlyMap<string, JsonObject> {
  return new Map(
    items.flatMap((item) => {
      const call = isObject(item) ? decodeCall(item) : undefined;
      return call && call.id !== '' ? [[call.id, item as JsonObject]] : [];
    }),
  );
}

/**
 * The items that say what the message says, written over the item that it replaces where the kinds agree. Calls in `known`, and their
 * results, keep their kind.
 */
export function encodeItems(
  known: ReadonlyMap<string, JsonObject>,
  after: AnnotatedMessage,
  before?: AnnotatedMessage,
  original?: Json,
): readonly Json[] {
  if (isObject(original) && before) {
    const [call] = after.tool_calls ?? [];
    const wasCall = decodeCall(original);
    if (wasCall && call && after.tool_calls?.length === 1 && after.content === undefined) {
      return [encodeCall(call, wasCall, original)];
    }
    if (isCallOutput(original)) {
      const wire = (message: AnnotatedMessage) => ({
        call_id: message.tool_call_id,
        output: wireContent(message, before),
      });
      return [patchFields(original, wire(before), wire(after))];
    }
    if (original['type'] === 'reasoning' && after.content === undefined && !after.tool_calls?.length) {
      const summary = after.reasoning === undefined ? [] : [{ type: 'summary_text', text: after.reasoning }];
      // What is encrypted is the reasoning as it was.
      return [setFields(original, { summary, content: undefined, encrypted_content: undefined })];
    }
    if (messageRole(original) !== undefined && !after.tool_calls?.length) {
      const wire = (message: AnnotatedMessage) => ({
        role: message.role,
        content: wireContent(message, before),
        name: message.name,
      });
      return [patchFields(original, wire(before), wire(after))];
    }
  }
  return freshItems(after, known);
}

function freshItems(message: AnnotatedMessage, known: ReadonlyMap<string, JsonObject>): readonly Json[] {
  const { role, tool_calls, tool_call_id: id = '' } = message;
  const content = wireContent(message);
  if (role === 'tool') {
    const custom = known.get(id)?.['type'] === 'custom_tool_call';
    return [{ type: `${custom ? 'custom_tool' : 'function'}_call_output`, call_id: id, output: content ?? '' }];
  }
  // An item of a kind that we do not model was shown whole as its content.
  if (isObject(content)) return [content];
  const said = content === undefined ? [] : [{ role, content }];
  const calls = (tool_calls ?? []).map((call) => {
    const item = known.get(call.id);
    return encodeCall(call, item && decodeCall(item), item ?? { type: 'function_call', call_id: call.id });
  });
  return [...said, ...calls];
}

function encodeCall(after: AnnotatedToolCall, before: AnnotatedToolCall | undefined, original: JsonObject): JsonObject {
  const custom = original['type'] === 'custom_tool_call';
  const text = custom && typeof after.arguments === 'string' ? after.arguments : printArguments(after.arguments);
  return setFields(original, {
    ...(before?.id === after.id ? {} : { call_id: after.id }),
    ...(before?.name === after.name ? {} : { name: after.name }),
    ...(before && sameJson(before.arguments, after.arguments) ? {} : { [custom ? 'input' : 'arguments']: text }),
  });
}
