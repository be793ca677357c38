// SPDX-License-Identifier: Apache-2.0
import type { Attributes } from '@opentelemetry/api';

/** What `OPENINFERENCE_HIDE_…` can hide, by the rest of the variable's name. */
export const HIDEABLE = [
  'INPUTS',
  'OUTPUTS',
  'INPUT_MESSAGES',
  'OUTPUT_MESSAGES',
  'INPUT_IMAGES',
  'INPUT_TEXT',
  'OUTPUT_TEXT',
  'LLM_INVOCATION_PARAMETERS',
] as const;
/** One of {@link HIDEABLE}. */
export type Hideable = (typeof HIDEABLE)[number];

/** What the conventions put in the place of a value that is hidden. */
const REDACTED = '__REDACTED__';

interface Hidden {
  /** Attributes whose value is replaced. */
  readonly masks: RegExp;
  /** Attributes that go. */
  readonly drops?: RegExp;
}

const INPUT_MESSAGES = /^(llm\.input_messages|embedding\.embeddings)\./;
const OUTPUT_MESSAGES = /^llm\.output_messages\./;
const NOTHING = /^$/;

const HIDDEN: Readonly<Record<Hideable, Hidden>> = {
  // An input or output that is hidden under one name must not stay under another.
  INPUTS: {
    masks: /^input\.value$/,
    drops:
      /^(input\.mime_type$|llm\.(input_messages|tools)\.|embedding\.embeddings\.|tool\.parameters$|reranker\.(query$|input_documents\.))/,
  },
  OUTPUTS: {
    masks: /^output\.value$/,
    drops: /^(output\.mime_type$|llm\.output_messages\.|retrieval\.documents\.|reranker\.output_documents\.)/,
  },
  INPUT_MESSAGES: { masks: NOTHING, drops: INPUT_MESSAGES },
  OUTPUT_MESSAGES: { masks: NOTHING, drops: OUTPUT_MESSAGES },
  INPUT_IMAGES: { masks: /^llm\.input_messages\..*\.image\.url$/ },
  INPUT_TEXT: {
    masks:
      /^(llm\.input_messages\..*\.(message\.content|message_content\.text)|embedding\.embeddings\..*\.embedding\.text)$/,
  },
  OUTPUT_TEXT: { masks: /^llm\.output_messages\..*\.(message\.content|message_content\.text)$/ },
  LLM_INVOCATION_PARAMETERS: { masks: /^llm\.invocation_parameters$/ },
};

/** The attributes of an OpenInference span as far as they may be told. Those of other dialects know nothing of these variables. */
export function hide(attributes: Attributes, hidden: ReadonlySet<Hideable>): Attributes {
  if (hidden.size === 0) return attributes;
  const rules = [...hidden].map((part) => HIDDEN[part]);
  const told: Attributes = {};
  for (const [name, value] of Object.entries(attributes)) {
    if (rules.some(({ drops }) => drops?.test(name) === true)) continue;
    told[name] = rules.some(({ masks }) => masks.test(name)) ? REDACTED : value;
  }
  return told;
}

const IMAGE = /\.image\.url$/;
const INLINE_IMAGE = /^data:image\/[^,]*;base64,/;

/** The attributes with images of more than `limit` characters taken out, where these are in the attributes themselves and not elsewhere. */
export function withoutLargeImages(attributes: Attributes, limit: number): Attributes {
  const told: Attributes = {};
  for (const [name, value] of Object.entries(attributes)) {
    const large = typeof value === 'string' && value.length > limit && IMAGE.test(name) && INLINE_IMAGE.test(value);
    told[name] = large ? REDACTED : value;
  }
  return told;
}
