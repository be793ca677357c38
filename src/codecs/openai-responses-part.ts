// SPDX-License-Identifier: Apache-2.0
import type { Json } from '../atof/event.ts';
import type { AnnotatedMessage } from './annotated.ts';
import { sameJson } from './canonical-json.ts';
import { field, isObject, listOf } from './read.ts';

/**
 * The content of a message with its parts in this surface's words: an edit may bring those of Chat, which is what most of them speak. Parts that
 * `before` has stay as they are, and so do all of its kinds: a server that takes `text` goes on to get `text`.
 */
export function wireContent(message: AnnotatedMessage, before?: AnnotatedMessage): Json | undefined {
  const { content, role } = message;
  if (!Array.isArray(content)) return content;
  const known = listOf(before?.content);
  const kinds = new Set(known.map((part) => field(part, 'type')));
  return listOf(content).map((part) => {
    const stays = kinds.has(field(part, 'type')) || known.some((old) => sameJson(old, part));
    return stays ? part : wirePart(part, role);
  });
}

function wirePart(part: Json, role: string): Json {
  if (typeof part === 'string') return { type: textType(role), text: part };
  if (!isObject(part)) return part;
  const { type, ...rest } = part;
  if (type === 'text') return { type: textType(role), ...rest };
  if (type === 'image_url') {
    const { image_url: image, ...others } = rest;
    const { url, ...fields } = isObject(image) ? image : { url: image };
    return url === undefined ? part : { type: 'input_image', image_url: url, ...fields, ...others };
  }
  if (type === 'file' && isObject(rest['file'])) return { type: 'input_file', ...rest['file'] };
  return part;
}

/** What the assistant said is output, also where it is given back. */
function textType(role: string): string {
  return role === 'assistant' ? 'output_text' : 'input_text';
}
