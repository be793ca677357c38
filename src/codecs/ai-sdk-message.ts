// SPDX-License-Identifier: Apache-2.0
import type { Json } from '../atof/event.ts';
import type { AnnotatedMessage, AnnotatedToolCall } from './annotated.ts';
import { sameJson } from './canonical-json.ts';
import { defined, field, isObject, listOf, stringOf } from './read.ts';

/** A message of a prompt. Several results in one message stay its content. */
export function decodeMessage(message: Json): AnnotatedMessage {
  const role = stringOf(field(message, 'role')) ?? 'user';
  const content = field(message, 'content');
  const parts = listOf(content);
  const [only] = parts;
  if (role === 'tool' && parts.length === 1 && only !== undefined && field(only, 'type') === 'tool-result')
    return defined<AnnotatedMessage>({
      role,
      content: outputOf(field(only, 'output')),
      name: stringOf(field(only, 'toolName')),
      tool_call_id: stringOf(field(only, 'toolCallId')),
    });
  const calls = parts.filter((part) => field(part, 'type') === 'tool-call').map(decodeCall);
  const reasoning = textOf(parts, 'reasoning');
  const rest = parts.filter((part) => !['tool-call', 'reasoning'].includes(String(field(part, 'type'))));
  return defined<AnnotatedMessage>({
    role,
    content: Array.isArray(content) ? plainText(rest) : content,
    tool_calls: calls.length > 0 ? calls : undefined,
    reasoning: reasoning === '' ? undefined : reasoning,
  });
}

/** Text alone is a string: that is how everybody writes it. */
function plainText(parts: readonly Json[]): Json | undefined {
  if (parts.length === 0) return undefined;
  const isText = parts.length === 1 && field(parts[0], 'type') === 'text';
  return isText ? (stringOf(field(parts[0], 'text')) ?? '') : parts;
}

function outputOf(output: Json | undefined): Json | undefined {
  return isObject(output) && 'value' in output ? output['value'] : output;
}

/** What all parts of this type say. */
export function textOf(parts: readonly Json[], type: string): string {
  return parts.flatMap((part) => (field(part, 'type') === type ? (stringOf(field(part, 'text')) ?? '') : [])).join('');
}

/** A tool call; in responses its input is text. */
export function decodeCall(part: Json): AnnotatedToolCall {
  return {
    id: stringOf(field(part, 'toolCallId')) ?? '',
    name: stringOf(field(part, 'toolName')) ?? '',
    arguments: parsed(field(part, 'input')),
  };
}

function parsed(input: Json | undefined): Json {
  if (typeof input !== 'string') return input ?? {};
  try {
    return JSON.parse(input) as Json;
  } catch {
    return input;
  }
}

/** The message as it stands in a prompt, written over the one that it replaces. */
export function encodeMessage(message: AnnotatedMessage, before?: AnnotatedMessage, original?: Json): readonly Json[] {
  const { role, content, tool_calls: calls = [], reasoning } = message;
  const source = isObject(original) && field(original, 'role') === role ? original : {};
  const parts = listOf(source['content']);
  if (role === 'system') return [{ ...source, role, content: content ?? '' }];
  if (role === 'tool') return [{ ...source, role, content: encodeResult(message, parts) }];
  const ofType = (type: string): readonly Json[] => parts.filter((part) => field(part, 'type') === type);
  const thoughts: readonly Json[] =
    reasoning !== undefined && reasoning === before?.reasoning
      ? ofType('reasoning')
      : reasoning === undefined
        ? []
        : [{ type: 'reasoning', text: reasoning }];
  const [text] = ofType('text');
  const said =
    typeof content === 'string' ? [{ ...(isObject(text) && text), type: 'text', text: content }] : listOf(content);
  const asked = calls.map((call) => {
    const known = ofType('tool-call').find((part) => sameJson(decodeCall(part), call));
    return known ?? { type: 'tool-call', toolCallId: call.id, toolName: call.name, input: call.arguments };
  });
  return [{ ...source, role, content: [...thoughts, ...said, ...asked] }];
}

/** Several results in one message are its content as it is. */
function encodeResult({ content = null, tool_call_id: id, name }: AnnotatedMessage, parts: readonly Json[]): Json {
  if (id === undefined && Array.isArray(content)) return content;
  const source = parts.length === 1 && isObject(parts[0]) ? parts[0] : {};
  const output = field(source, 'output');
  const isSameKind = isObject(output) && 'value' in output && typeof output['value'] === typeof content;
  const made = isSameKind
    ? { ...output, value: content }
    : { type: typeof content === 'string' ? 'text' : 'json', value: content };
  return [{ ...source, type: 'tool-result', toolCallId: id ?? '', toolName: name ?? '', output: made }];
}
