// SPDX-License-Identifier: Apache-2.0

/** The forms in which OpenAI takes one text or several, each with the contents of the messages that stand for it. */
export const TEXT_FORMS: readonly (readonly [given: unknown, contents: readonly unknown[]])[] = [
  ['a text', ['a text']],
  [
    ['a', 'b'],
    ['a', 'b'],
  ],
  [[1, 2, 3], [[1, 2, 3]]],
  [
    [[1], [2]],
    [[1], [2]],
  ],
];
