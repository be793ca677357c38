// SPDX-License-Identifier: Apache-2.0
import type { Json, JsonObject } from '../atof/event.ts';
import type { AnnotatedMessage, AnnotatedToolCall } from './annotated.ts';
import { parseArguments, printArguments } from './call-arguments.ts';
import { sameJson } from './canonical-json.ts';
import { callPairing } from './message-pairing.ts';
import { patchFields, patchList, setFields, type WireFields } from './patch.ts';
import { defined, field, isObject, listOf, stringOf } from './read.ts';

/** One chat message, of a request or a response. Something that is no message becomes the content of one with role `unknown`. */
export function decodeMessage(message: Json): AnnotatedMessage {
  if (!isObject(message)) return { role: 'unknown', content: message };
  const refusal = stringOf(message['refusal']);
  const content = message['content'] ?? (refusal === undefined ? undefined : [{ type: 'refusal', refusal }]);
  return defined<AnnotatedMessage>({
    role: stringOf(message['role']) ?? 'unknown',
    content,
    name: stringOf(message['name']),
    tool_calls: decodeToolCalls(message),
    tool_call_id: stringOf(message['tool_call_id']),
    reasoning: stringOf(message['reasoning_content']) ?? stringOf(message['reasoning']),
  });
}

/** The calls of these messages by their ids, for messages that are written anew and still have them. */
export function callsById(messages: readonly Json[]): ReadonlyMap<string, Json> {
  const calls = messages.flatMap((message) => listOf(field(message, 'tool_calls')));
  return new Map(calls.map((call) => [stringOf(field(call, 'id')) ?? '', call]));
}

/** The message in chat shape: written over the one that it replaces, else anew. A call in `known` keeps its kind and the fields that we do not model. */
export function encodeMessage(
  known: ReadonlyMap<string, Json>,
  after: AnnotatedMessage,
  before?: AnnotatedMessage,
  original?: Json,
): readonly Json[] {
  if (!isObject(original) || !before) return [encodeOver({}, { role: '' }, after, known)];
  return [encodeOver(original, before, after, known)];
}

function encodeOver(
  original: JsonObject,
  before: AnnotatedMessage,
  after: AnnotatedMessage,
  known: ReadonlyMap<string, Json>,
): JsonObject {
  const reasoningKey = 'reasoning' in original ? 'reasoning' : 'reasoning_content';
  // A refusal was shown as the content; once that is edited, the refusal has been replaced.
  const refusalGone = stringOf(original['refusal']) !== undefined && !sameJson(before.content, after.content);
  const wire = (message: AnnotatedMessage): WireFields => ({
    role: message.role,
    content: message.content,
    name: message.name,
    tool_call_id: message.tool_call_id,
    [reasoningKey]: message.reasoning,
  });
  const edited = patchFields(original, wire(before), wire(after));
  const withoutRefusal = refusalGone ? setFields(edited, { refusal: undefined }) : edited;
  if (sameJson(before.tool_calls, after.tool_calls)) return withoutRefusal;
  return setFields(withoutRefusal, encodeToolCalls(original, before.tool_calls, after.tool_calls, known));
}

function decodeToolCalls(message: JsonObject): readonly AnnotatedToolCall[] | undefined {
  if (Array.isArray(message['tool_calls'])) return listOf(message['tool_calls']).map(decodeToolCall);
  const legacy = message['function_call'];
  return isObject(legacy) ? [decodeToolCall({ function: legacy })] : undefined;
}

function decodeToolCall(call: Json): AnnotatedToolCall {
  const id = stringOf(field(call, 'id')) ?? '';
  const custom = field(call, 'custom');
  // The input of a custom tool is free text even where it happens to be JSON.
  if (custom !== undefined) {
    return { id, name: stringOf(field(custom, 'name')) ?? '', arguments: field(custom, 'input') ?? '' };
  }
  const called = field(call, 'function');
  return { id, name: stringOf(field(called, 'name')) ?? '', arguments: parseArguments(field(called, 'arguments')) };
}

function encodeToolCalls(
  original: JsonObject,
  before: readonly AnnotatedToolCall[] = [],
  after: readonly AnnotatedToolCall[] | undefined,
  known: ReadonlyMap<string, Json>,
): WireFields {
  const only = after?.[0];
  // A call without an id, alone in a message that is written anew, can only be one from before calls had ids.
  const unnamed = only?.id === '' && after?.length === 1 && before.length === 0;
  const legacy = original['function_call'] ?? (unnamed ? {} : undefined);
  if (isObject(legacy) && !Array.isArray(original['tool_calls'])) {
    return { function_call: only && field(encodeToolCall(only, before[0], { function: legacy })[0], 'function') };
  }
  if (after === undefined) return { tool_calls: undefined };
  const originals = listOf(original['tool_calls']);
  const write = (call: AnnotatedToolCall, replaced?: AnnotatedToolCall, over?: Json): readonly Json[] => {
    const moved = over === undefined && call.id !== '' ? known.get(call.id) : undefined;
    return moved === undefined
      ? encodeToolCall(call, replaced, over)
      : encodeToolCall(call, decodeToolCall(moved), moved);
  };
  return { tool_calls: patchList(originals, before, after, { ...callPairing, write }) };
}

function encodeToolCall(after: AnnotatedToolCall, before?: AnnotatedToolCall, original?: Json): readonly Json[] {
  const shell = isObject(original) ? original : { id: after.id, type: 'function' };
  const custom = field(shell, 'custom') !== undefined;
  const inner = field(shell, custom ? 'custom' : 'function');
  const text = custom && typeof after.arguments === 'string' ? after.arguments : printArguments(after.arguments);
  const sameArguments = before !== undefined && sameJson(before.arguments, after.arguments);
  const called = setFields(isObject(inner) ? inner : {}, {
    name: after.name,
    ...(sameArguments ? {} : { [custom ? 'input' : 'arguments']: text }),
  });
  const id = before === undefined || before.id === after.id ? {} : { id: after.id };
  return [setFields(shell, { ...id, [custom ? 'custom' : 'function']: called })];
}
