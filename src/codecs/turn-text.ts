// SPDX-License-Identifier: Apache-2.0
import type { Json } from '../atof/event.ts';
import { setFields } from './patch.ts';
import { isObject, stringOf } from './read.ts';

/** The texts of parts, joined by line ends; undefined where none is text. */
export function joinTexts(parts: readonly Json[]): string | undefined {
  const texts = parts.flatMap((part) => textOf(part) ?? []);
  return texts.length === 0 ? undefined : texts.join('\n');
}

/** Parts after an edit of what `joinTexts` gave; what is no text stays. */
export function writeTexts(parts: readonly Json[], edited: string): readonly Json[] {
  const texts = parts.flatMap((part) => textOf(part) ?? []);
  if (texts.length === 0) return [...parts, { text: edited }];
  const spread = spreadText(texts, edited);
  let next = 0;
  return parts.flatMap((part) => {
    if (textOf(part) === undefined) return [part];
    const text = spread[next++];
    return text === undefined ? [] : withText(part, text);
  });
}

/** The texts that parts of one text become when it is edited as a whole: what still begins or ends it stays; undefined ones are gone. */
export function spreadText(texts: readonly string[], edited: string): readonly (string | undefined)[] {
  const last = texts.length - 1;
  let rest = edited;
  let head = 0;
  while (head < last && rest.startsWith(`${texts[head]}\n`)) rest = rest.slice((texts[head++] ?? '').length + 1);
  let tail = 0;
  while (head + tail < last && rest.endsWith(`\n${texts[last - tail]}`)) {
    rest = rest.slice(0, -(texts[last - tail++] ?? '').length - 1);
  }
  return texts.map((text, index) => {
    if (index < head || index > last - tail) return text;
    return index === head ? rest : undefined;
  });
}

function withText(part: Json, text: string): readonly Json[] {
  if (textOf(part) === text) return [part];
  return [isObject(part) ? setFields(part, { text }) : text];
}

function textOf(part: Json): string | undefined {
  return isObject(part) ? stringOf(part['text']) : stringOf(part);
}
