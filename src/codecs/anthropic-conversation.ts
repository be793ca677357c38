// SPDX-License-Identifier: Apache-2.0
import type { Json, JsonObject } from '../atof/event.ts';
import type { AnnotatedMessage } from './annotated.ts';
import { decodeMessage, encodeMessage, isToolResult, splitMessage } from './anthropic-message.ts';
import { messagePairing } from './message-pairing.ts';
import { patchList, setFields } from './patch.ts';
import { field, isObject, listOf } from './read.ts';

/** A message of the request and the messages that it was decoded as. */
interface Source {
  readonly message: JsonObject;
  readonly parts: readonly Json[];
}

/** Neighbours that are to be one message. */
interface Group {
  source: Source | undefined;
  readonly parts: Json[];
}

/** The messages of a request. One with several tool results, or with text beside them, is several here. */
export function decodeConversation(messages: Json | undefined): readonly AnnotatedMessage[] {
  return listOf(messages).flatMap(splitMessage).map(decodeMessage);
}

/** What an edit of the messages comes to. */
export interface EncodedConversation {
  /** Undefined where nothing was changed. */
  readonly messages: readonly Json[] | undefined;
  /** What belongs to the `system` field: the content of each system message that was added. */
  readonly system: readonly Json[];
}

/** The original messages after an edit of their decoded form. A message of which nothing changed is the same object. */
export function encodeConversation(
  messages: Json | undefined,
  after: readonly AnnotatedMessage[],
  continued: boolean = false,
): EncodedConversation {
  const sources = new Map<Json, Source>();
  const parts = listOf(messages).flatMap((message) => {
    const split = splitMessage(message);
    const source = isObject(message) ? { message, parts: split } : undefined;
    if (source) for (const part of split) sources.set(part, source);
    return split;
  });
  const before = parts.map(decodeMessage);
  // Not every model takes system messages inside the conversation; this one does where it already has some, and a thread that goes on has no other place.
  const inside = continued || before.some(isSystem);
  const system: Json[] = [];
  const patched = patchList(parts, before, after, {
    ...messagePairing,
    write(message, replaced, original) {
      if (original === undefined && isSystem(message)) {
        const { content } = message;
        if (inside) return [{ role: 'system', content: content ?? [] }];
        if (content !== undefined) system.push(content);
        return [];
      }
      const written = encodeMessage(message, replaced, original);
      const source = original === undefined ? undefined : sources.get(original);
      if (source) sources.set(written, source);
      return [written];
    },
  });
  return { messages: patched === parts ? undefined : joinParts(patched, sources), system };
}

function isSystem({ role }: AnnotatedMessage): boolean {
  return role === 'system' || role === 'developer';
}

/** The API wants all results of one turn in one message, and what was one message is to be one again. */
function joinParts(parts: readonly Json[], sources: ReadonlyMap<Json, Source>): readonly Json[] {
  const groups: Group[] = [];
  for (const part of parts) {
    const last = groups.at(-1);
    const source = sources.get(part);
    if (last && belongTogether(last, part, source)) {
      last.source ??= source;
      last.parts.push(part);
    } else groups.push({ source, parts: [part] });
  }
  return groups.map(joinGroup);
}

function belongTogether(group: Group, part: Json, source: Source | undefined): boolean {
  if (group.source && source) return group.source === source && source.parts.length > 1;
  return isToolResult(contentOf(group.parts.at(-1)).at(-1)) && isToolResult(contentOf(part)[0]);
}

function joinGroup({ source, parts }: Group): Json {
  const [first] = parts;
  if (parts.length === 1 && first !== undefined) return first;
  if (source && sameParts(source.parts, parts)) return source.message;
  const content = parts.flatMap(contentOf);
  return setFields(source?.message ?? { role: 'user' }, { content });
}

function sameParts(before: readonly Json[], after: readonly Json[]): boolean {
  return before.length === after.length && before.every((part, index) => part === after[index]);
}

function contentOf(part: Json | undefined): readonly Json[] {
  const content = field(part, 'content');
  return typeof content === 'string' ? [{ type: 'text', text: content }] : listOf(content);
}
