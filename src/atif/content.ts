// SPDX-License-Identifier: Apache-2.0
import type { Json } from '../atof/event.ts';
import { field, listOf, stringOf } from '../codecs/read.ts';
import type { Content, ContentPart, ImageSource } from './trajectory.ts';

const MEDIA_TYPES: ReadonlyMap<string, ImageSource['media_type']> = new Map([
  ['jpg', 'image/jpeg'],
  ['jpeg', 'image/jpeg'],
  ['png', 'image/png'],
  ['gif', 'image/gif'],
  ['webp', 'image/webp'],
]);

/**
 * A message's content in ATIF: a string where it is all text. An image at a URL becomes an image part; what a document must not
 * hold inline (base64) or cannot express is named in brackets.
 */
export function toContent(content: Json | undefined): Content {
  if (!Array.isArray(content)) return toText(content);
  const parts = listOf(content).map(toPart);
  if (parts.some((part) => part.type !== 'text')) return parts;
  return parts.map((part) => (part.type === 'text' ? part.text : '')).join('\n');
}

/** Any value as text: a string as it is, nothing as the empty string, the rest as JSON. */
export function toText(value: Json | undefined): string {
  if (typeof value === 'string') return value;
  return value === undefined || value === null ? '' : JSON.stringify(value);
}

function toPart(part: Json): ContentPart {
  const type = stringOf(field(part, 'type')) ?? 'unknown';
  const text = typeof part === 'string' ? part : (field(part, 'text') ?? field(part, 'refusal'));
  if (typeof text === 'string') return { type: 'text', text };
  const image = field(part, 'image_url');
  const url = stringOf(image) ?? stringOf(field(image, 'url'));
  if (url === undefined) return { type: 'text', text: `[${type}]` };
  const source = imageSource(url);
  return source ? { type: 'image', source } : { type: 'text', text: `[${type}${noteOn(url)}]` };
}

function imageSource(url: string): ImageSource | undefined {
  const [, extension = ''] = /^https?:\/\/[^?#]+\.(\w+)(?:[?#]|$)/.exec(url) ?? [];
  const mediaType = MEDIA_TYPES.get(extension.toLowerCase());
  return mediaType && { media_type: mediaType, path: url };
}

function noteOn(url: string): string {
  if (!url.startsWith('data:')) return `: ${url}`;
  return `: ${url.slice('data:'.length).split(/[;,]/, 1)[0] ?? ''}`;
}
