// SPDX-License-Identifier: Apache-2.0
import type { Json } from '../atof/event.ts';
import { setFields } from './patch.ts';
import { field, isObject, stringOf } from './read.ts';

/** Blocks that say text, each in the field that is called like its type. */
type TextBlock = 'text' | 'thinking';

function textOf(block: Json, type: TextBlock): string | undefined {
  // Thinking may be empty beside its signature: such a block says nothing, and no edit touches it.
  return field(block, 'type') === type ? stringOf(field(block, type)) || undefined : undefined;
}

/** The texts of all blocks of one type, joined by line ends; undefined where none has any. */
export function joinedText(blocks: readonly Json[], type: TextBlock): string | undefined {
  const texts = blocks.flatMap((block) => textOf(block, type) ?? []);
  return texts.length === 0 ? undefined : texts.join('\n');
}

/**
 * The blocks after an edit of their joined text. Blocks at the start and at the end whose text is still there stay the same
 * objects; what lies between is written over the last of those that it replaces, because a mark such as `cache_control` ends
 * a prefix. Never adds a block.
 */
export function patchJoinedText(blocks: readonly Json[], type: TextBlock, edited: string | undefined): readonly Json[] {
  const texts = blocks.flatMap((block) => textOf(block, type) ?? []);
  const kept = alignTexts(texts, edited ?? '');
  let position = -1;
  return blocks.flatMap((block) => {
    if (!isObject(block) || textOf(block, type) === undefined) return [block];
    position++;
    if (position < kept.head || position >= texts.length - kept.tail) return [block];
    return position === kept.target && kept.middle !== '' ? [setFields(block, { [type]: kept.middle })] : [];
  });
}

/** What an edit of joined texts did. */
interface Alignment {
  /** How many texts it left alone at the start, and how many at the end. */
  readonly head: number;
  readonly tail: number;
  /** What it put between them, and over which text. */
  readonly middle: string;
  readonly target: number;
}

function alignTexts(texts: readonly string[], edited: string): Alignment {
  const count = texts.length;
  // With a line end behind every text, the first, the last and the only one are like all others.
  const line = (index: number): string => `${texts[index] ?? ''}\n`;
  let rest = edited === '' ? '' : `${edited}\n`;
  let head = 0;
  while (head < count && rest.startsWith(line(head))) rest = rest.slice(line(head++).length);
  let tail = 0;
  while (head + tail < count && (rest === line(count - 1 - tail) || rest.endsWith(`\n${line(count - 1 - tail)}`))) {
    rest = rest.slice(0, rest.length - line(count - 1 - tail++).length);
  }
  let target = count - tail - 1;
  // Text that replaces nothing, or nothing but a line end, goes to a neighbour: an API refuses empty blocks.
  if (rest === '\n' || (rest !== '' && head + tail === count)) {
    if (head > 0) {
      target = --head;
      rest = line(target) + rest;
    } else if (tail > 0) {
      target = count - tail--;
      rest += line(target);
    }
  }
  return { head, tail, middle: rest.slice(0, -1), target };
}
