// SPDX-License-Identifier: Apache-2.0
import fc from 'fast-check';

type Body<Key extends string> = Record<string, unknown> & Record<Key, readonly Record<string, unknown>[]>;

const text = fc.string({ maxLength: 6 });
const unknownFields = fc.dictionary(fc.constantFrom('x_one', 'x_two'), fc.jsonValue({ maxDepth: 1 }), { maxKeys: 2 });
const argumentsText = fc.oneof(
  fc.dictionary(text, fc.jsonValue({ maxDepth: 1 }), { maxKeys: 2 }).map((value) => JSON.stringify(value)),
  text,
);

function merged(...parts: readonly fc.Arbitrary<object>[]): fc.Arbitrary<Record<string, unknown>> {
  return fc.tuple(...parts).map((fields) => Object.assign({}, ...fields) as Record<string, unknown>);
}

function optional(fields: Record<string, fc.Arbitrary<unknown>>): fc.Arbitrary<object> {
  return fc.record(fields, { requiredKeys: [] });
}

const textParts = fc.array(merged(fc.record({ type: fc.constant('text'), text }), unknownFields), { maxLength: 2 });
const chatCall = merged(
  fc.record({
    id: text,
    type: fc.constant('function'),
    function: merged(fc.record({ name: text, arguments: argumentsText }), unknownFields),
  }),
  unknownFields,
);
const chatMessage = merged(
  fc.oneof(
    fc.record({ role: fc.constantFrom('system', 'developer', 'user'), content: fc.oneof(text, textParts) }),
    merged(
      fc.record({ role: fc.constant('assistant'), content: fc.oneof(text, fc.constant(null)) }),
      optional({ tool_calls: fc.array(chatCall, { maxLength: 3 }), reasoning_content: text, refusal: text }),
    ),
    fc.record({ role: fc.constant('tool'), tool_call_id: text, content: text }),
  ),
  unknownFields,
);

/** Chat requests as applications send them, with at least one message and with fields that no codec knows. */
export const chatRequest: fc.Arbitrary<Body<'messages'>> = merged(
  fc.record({ model: text, messages: fc.array(chatMessage, { minLength: 1, maxLength: 6 }) }),
  optional({
    max_tokens: fc.nat(),
    stop: fc.oneof(text, fc.array(text)),
    temperature: fc.constant(null),
    stream: fc.boolean(),
  }),
  unknownFields,
) as fc.Arbitrary<Body<'messages'>>;

const item = merged(
  fc.oneof(
    fc.record({ role: fc.constantFrom('system', 'user', 'assistant'), content: fc.oneof(text, textParts) }),
    fc.record({ type: fc.constant('function_call'), call_id: text, name: text, arguments: argumentsText }),
    fc.record({ type: fc.constant('function_call_output'), call_id: text, output: text }),
    fc.record({ type: fc.constant('web_search_call'), id: text, status: text }),
    fc.record({
      type: fc.constant('reasoning'),
      summary: fc.array(fc.record({ type: fc.constant('summary_text'), text })),
    }),
  ),
  unknownFields,
);

/** Responses requests whose input is a list of at least one item. */
export const responsesRequest: fc.Arbitrary<Body<'input'>> = merged(
  fc.record({ model: text, input: fc.array(item, { minLength: 1, maxLength: 6 }) }),
  optional({
    instructions: text,
    max_output_tokens: fc.nat(),
    reasoning: fc.record({ effort: text, summary: text }),
    conversation: fc.oneof(text, fc.record({ id: text })),
  }),
  unknownFields,
) as fc.Arbitrary<Body<'input'>>;
