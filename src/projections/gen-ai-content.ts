// SPDX-License-Identifier: Apache-2.0
import type { Attributes } from '@opentelemetry/api';
import { GEN_AI } from '../../semconv/index.ts';
import { snapshot } from '../atof/snapshot.ts';
import type { AnnotatedChoice, AnnotatedMessage, AnnotatedToolCall, Codec } from '../codecs/annotated.ts';
import { readMedia } from '../codecs/media.ts';

type Part = Record<string, unknown>;

/** The request of a model call as message attributes: JSON text in the shapes that the GenAI conventions publish as schemas. */
export function requestContent(codec: Codec | undefined, content: unknown): Attributes {
  const request = codec?.decodeRequest(content);
  const attributes: Attributes = {};
  if (request === undefined) {
    set(attributes, GEN_AI.INPUT_MESSAGES, content);
    return attributes;
  }
  const system = request.messages.filter(({ role }) => role === 'system' || role === 'developer');
  const instructions = [
    ...(request.instructions === undefined ? [] : [{ type: 'text', content: request.instructions }]),
    ...system.flatMap((message) => contentParts(message.content)),
  ];
  if (instructions.length > 0) set(attributes, GEN_AI.SYSTEM_INSTRUCTIONS, instructions);
  set(
    attributes,
    GEN_AI.INPUT_MESSAGES,
    request.messages.filter((message) => !system.includes(message)).map(toMessage),
  );
  if (request.tools !== undefined) set(attributes, GEN_AI.TOOL_DEFINITIONS, request.tools);
  return attributes;
}

/** The response of a model call as message attributes: one message for each answer. */
export function responseContent(codec: Codec | undefined, response: unknown): Attributes {
  const attributes: Attributes = {};
  const decoded = codec?.decodeResponse(response);
  if (decoded === undefined) {
    if (codec?.operation !== 'embeddings') set(attributes, GEN_AI.OUTPUT_MESSAGES, response);
    return attributes;
  }
  const { choices = [decoded], finish_reasons: reasons } = decoded;
  const messages = choices.flatMap((choice, index) => {
    const parts = choiceParts(choice);
    // Of a stream that was cut off not every answer has a reason: then the list does not say whose they are.
    const reason = choices.length === 1 || reasons?.length === choices.length ? reasons?.[index] : undefined;
    return parts.length === 0 ? [] : [{ role: 'assistant', parts, finish_reason: reason }];
  });
  if (messages.length > 0) set(attributes, GEN_AI.OUTPUT_MESSAGES, messages);
  return attributes;
}

function choiceParts({ reasoning, message, tool_calls: calls = [] }: AnnotatedChoice): Part[] {
  return [
    ...(reasoning === undefined ? [] : [{ type: 'reasoning', content: reasoning }]),
    ...(message === undefined || message === '' ? [] : [{ type: 'text', content: message }]),
    ...calls.map(toolCallPart),
  ];
}

/** Arguments or result of a tool call; `json` is their text where it is there already. */
export function toolContent(
  name: typeof GEN_AI.TOOL_CALL_ARGUMENTS | typeof GEN_AI.TOOL_CALL_RESULT,
  value: unknown,
  json: string | undefined,
): Attributes {
  if (json !== undefined && typeof value === 'object') return { [name]: json };
  const attributes: Attributes = {};
  set(attributes, name, value);
  return attributes;
}

function set(attributes: Attributes, name: string, value: unknown): void {
  const text = typeof value === 'string' ? value : snapshot(value);
  if (text !== undefined) attributes[name] = text.toWellFormed();
}

function toMessage(message: AnnotatedMessage): Record<string, unknown> {
  const { role, name, content, tool_calls: calls, tool_call_id: id, reasoning } = message;
  const answers = id !== undefined;
  const parts: Part[] = answers
    ? [{ type: 'tool_call_response', id, response: content ?? null }]
    : [
        ...(reasoning === undefined ? [] : [{ type: 'reasoning', content: reasoning }]),
        ...contentParts(content),
        ...(calls ?? []).map(toolCallPart),
      ];
  return { role, ...(name === undefined ? {} : { name }), parts };
}

const toolCallPart = ({ id, name, arguments: args }: AnnotatedToolCall): Part => ({
  type: 'tool_call',
  id,
  name,
  arguments: args,
});

function contentParts(content: unknown): Part[] {
  if (content === undefined || content === null || content === '') return [];
  if (typeof content === 'string') return [{ type: 'text', content }];
  if (!Array.isArray(content)) return [{ type: 'text', content: snapshot(content) ?? '' }];
  return content.map((part: unknown): Part => {
    if (typeof part === 'string') return { type: 'text', content: part };
    if (typeof part !== 'object' || part === null) return { type: 'unknown', content: part };
    const { type, text } = part as { type?: unknown; text?: unknown };
    if (typeof text === 'string') return { type: 'text', content: text };
    return mediaPart(part) ?? { ...part, type: typeof type === 'string' ? type : 'unknown' };
  });
}

/** What is no text by its bytes, its address or the provider's id of it; a part that has none of these stays as it was. */
function mediaPart(part: object): Part | undefined {
  const { modality, mimeType, data, uri, fileId } = readMedia(part) ?? {};
  const described = { modality, ...(mimeType === undefined ? {} : { mime_type: mimeType }) };
  if (data !== undefined) return { type: 'blob', ...described, content: data };
  if (uri !== undefined) return { type: 'uri', ...described, uri };
  return fileId === undefined ? undefined : { type: 'file', ...described, file_id: fileId };
}
