// SPDX-License-Identifier: Apache-2.0
import type { Attributes } from '@opentelemetry/api';
import { OPENINFERENCE } from '../../semconv/index.ts';
import type { Json } from '../atof/event.ts';
import type { AnnotatedMessage, AnnotatedRequest, AnnotatedTool } from '../codecs/annotated.ts';
import { contentText } from '../codecs/content-text.ts';
import { mediaUrl, readMedia } from '../codecs/media.ts';
import { field, stringOf } from '../codecs/read.ts';

/** The messages of a request, with what it says outside of them as the first. */
export function messagesOf({ instructions, messages }: AnnotatedRequest): readonly AnnotatedMessage[] {
  return instructions === undefined ? messages : [{ role: 'system', content: instructions }, ...messages];
}

/**
 * Places of the messages that are worth more than tools and the rest of the conversation: what the model was told to be, what it was asked
 * last, and what it answered to. A span keeps the attributes that came first, and not everything may fit.
 */
export function leadingMessages(messages: readonly AnnotatedMessage[]): readonly number[] {
  const asked = messages.findLastIndex(({ role }) => role === 'user');
  const last = messages.length - 1;
  return messages.flatMap(({ role }, index) =>
    role === 'system' || role === 'developer' || index === asked || index === last ? [index] : [],
  );
}

/** Places of all other messages, the newest first: how a conversation began is the first that may go. */
export function otherMessages(messages: readonly AnnotatedMessage[], leading: readonly number[]): readonly number[] {
  const written = new Set(leading);
  return [...messages.keys()].filter((index) => !written.has(index)).toReversed();
}

/** Writes the messages that have these places in the conversation, in this order. */
export function writeInputMessages(
  attributes: Attributes,
  messages: readonly AnnotatedMessage[],
  places: readonly number[],
): void {
  for (const index of places)
    writeMessage(attributes, `${OPENINFERENCE.LLM_INPUT_MESSAGES}.${index}`, messages[index] as AnnotatedMessage);
}

/** Writes one message below the prefix. */
export function writeMessage(attributes: Attributes, prefix: string, message: AnnotatedMessage): void {
  const set = (name: string, value: string | undefined): void => {
    if (value !== undefined) attributes[`${prefix}.${name}`] = value;
  };
  set(OPENINFERENCE.MESSAGE_ROLE, message.role);
  set(OPENINFERENCE.MESSAGE_NAME, message.name);
  set(OPENINFERENCE.MESSAGE_TOOL_CALL_ID, message.tool_call_id);
  const parts = partsOf(message);
  const [only] = parts;
  if (parts.length === 1 && only?.type === 'text') set(OPENINFERENCE.MESSAGE_CONTENT, only.text);
  else parts.forEach((part, index) => writePart(set, `${OPENINFERENCE.MESSAGE_CONTENTS}.${index}`, part));
  message.tool_calls?.forEach(({ id, name, arguments: args }, index) => {
    const call = `${OPENINFERENCE.MESSAGE_TOOL_CALLS}.${index}`;
    set(`${call}.${OPENINFERENCE.TOOL_CALL_ID}`, id === '' ? undefined : id);
    set(`${call}.${OPENINFERENCE.TOOL_CALL_FUNCTION_NAME}`, name);
    set(`${call}.${OPENINFERENCE.TOOL_CALL_FUNCTION_ARGUMENTS_JSON}`, textOf(args));
  });
}

interface Part {
  readonly type: string;
  readonly text?: string | undefined;
  readonly url?: string | undefined;
  readonly mimeType?: string | undefined;
  readonly id?: string | undefined;
}

function partsOf({ content, reasoning }: AnnotatedMessage): readonly Part[] {
  const parts: readonly Part[] = reasoning === undefined ? [] : [{ type: 'reasoning', text: reasoning }];
  if (content === undefined || content === null || content === '') return parts;
  if (Array.isArray(content)) return [...parts, ...(content as readonly Json[]).map(partOf)];
  return [...parts, { type: 'text', text: textOf(content) }];
}

function partOf(part: Json): Part {
  const text = typeof part === 'string' ? part : (stringOf(field(part, 'text')) ?? stringOf(field(part, 'refusal')));
  if (text !== undefined) return { type: 'text', text };
  const media = readMedia(part);
  // What the conventions have no name for is told as it is.
  if (media === undefined) return { type: stringOf(field(part, 'type')) ?? 'text', text: textOf(part) };
  const { modality, mimeType, fileId } = media;
  return { type: modality, mimeType, url: mediaUrl(media), id: fileId };
}

const URLS: Readonly<Record<string, string>> = {
  image: `${OPENINFERENCE.MESSAGE_CONTENT_IMAGE}.${OPENINFERENCE.IMAGE_URL}`,
  audio: `${OPENINFERENCE.MESSAGE_CONTENT_AUDIO}.${OPENINFERENCE.AUDIO_URL}`,
  video: `${OPENINFERENCE.MESSAGE_CONTENT_VIDEO}.${OPENINFERENCE.VIDEO_URL}`,
};

function writePart(
  set: (name: string, value: string | undefined) => void,
  prefix: string,
  { type, text, url, mimeType, id }: Part,
): void {
  set(`${prefix}.${OPENINFERENCE.MESSAGE_CONTENT_TYPE}`, type);
  set(`${prefix}.${OPENINFERENCE.MESSAGE_CONTENT_ID}`, id);
  // Documents have no attribute for where they are.
  const link = URLS[type];
  set(`${prefix}.${OPENINFERENCE.MESSAGE_CONTENT_TEXT}`, text ?? (link === undefined ? url : undefined));
  if (link !== undefined) set(`${prefix}.${link}`, url);
  if (type === 'audio')
    set(`${prefix}.${OPENINFERENCE.MESSAGE_CONTENT_AUDIO}.${OPENINFERENCE.AUDIO_MIME_TYPE}`, mimeType);
}

/** Writes the tools offered to the model, in the form that the conventions recommend. */
export function writeTools(attributes: Attributes, tools: readonly AnnotatedTool[] = []): void {
  tools.forEach((tool, index) => {
    const { type, ...described } = tool;
    const schema = type === 'function' ? { type, function: described } : tool;
    attributes[`${OPENINFERENCE.LLM_TOOLS}.${index}.${OPENINFERENCE.TOOL_JSON_SCHEMA}`] = JSON.stringify(schema);
  });
}

/** The conversation as text that people read. Results of tools are on the spans of the tools. */
export function conversationText(messages: readonly AnnotatedMessage[]): string {
  const blocks = messages.map((message) => {
    if (message.role === 'tool') return 'tool: Tool result omitted';
    const text = messageText(message);
    return text === '' ? '' : `${message.role}: ${text}`;
  });
  return blocks.filter((block) => block !== '').join('\n\n');
}

/** A message as text that people read: what it says, else which tools it asks for. */
export function messageText({
  content,
  tool_calls: calls = [],
}: Pick<AnnotatedMessage, 'content' | 'tool_calls'>): string {
  const text = contentText(content);
  return text !== '' || calls.length === 0 ? text : `Requested tools: ${calls.map(({ name }) => name).join(', ')}`;
}

/** A string as it is, anything else as JSON. */
export function textOf(value: Json): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}
