// SPDX-License-Identifier: Apache-2.0
import type { Json } from '../atof/event.ts';
import { field, listOf } from './read.ts';

/** The text of a message's content, whether a string or a list of parts (joined by line ends); empty where it has none. */
export function contentText(content: Json | undefined): string {
  if (typeof content === 'string') return content;
  const texts: string[] = [];
  for (const part of listOf(content)) {
    const text = typeof part === 'string' ? part : (field(part, 'text') ?? field(part, 'refusal'));
    if (typeof text === 'string' && text !== '') texts.push(text);
  }
  return texts.join('\n');
}
