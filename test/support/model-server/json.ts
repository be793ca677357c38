// SPDX-License-Identifier: Apache-2.0

/** A JSON object of unknown content. */
export type JsonObject = { readonly [key: string]: unknown };

/** The value as an object, or an empty one. */
export function asObject(value: unknown): JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as JsonObject) : {};
}

/** The value as a list, or an empty one. */
export function asList(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

/** The text of a message's content, whether a string or a list of parts. */
export function textOf(content: unknown): string {
  if (typeof content === 'string') return content;
  return asList(content)
    .map((part) => {
      const { text, refusal } = asObject(part);
      return typeof text === 'string' ? text : typeof refusal === 'string' ? refusal : '';
    })
    .join('');
}
