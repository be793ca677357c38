// SPDX-License-Identifier: Apache-2.0

/** About four characters a token, at least one: the same text always costs the same. */
export function countTokens(text: string): number {
  return text === '' ? 0 : Math.max(1, Math.ceil(text.length / 4));
}

/** The tokens of several parts of a request; what is not text counts as its JSON. */
export function countParts(parts: readonly unknown[]): number {
  const texts = parts.filter((part) => part !== undefined && part !== null);
  return countTokens(texts.map((part) => (typeof part === 'string' ? part : JSON.stringify(part))).join(''));
}
