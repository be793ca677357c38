// SPDX-License-Identifier: Apache-2.0

import assert from 'node:assert/strict';

import { z } from 'zod';

import { describe, errorOf } from '../observe.mjs';

const messages = [{ role: 'user', content: 'Where to?' }];
const trip = z.object({ city: z.string(), days: z.number(), tags: z.array(z.string()) });
const tripText = '{"city":"Oslo","days":3,"tags":["cold","blue"]}';

function tripRequest(zodHelpers) {
  return { model: 'gpt-4o', messages, response_format: zodHelpers.zodResponseFormat(trip, 'trip') };
}

export async function aZodFormatIsParsed({ client, zodHelpers, openai }) {
  const promise = client.chat.completions.parse(tripRequest(zodHelpers));
  assert.ok(promise instanceof openai.APIPromise);
  const completion = await promise;
  assert.deepEqual(completion.choices[0].message.parsed, { city: 'Oslo', days: 3, tags: ['cold', 'blue'] });
  return { completion, id: completion._request_id };
}
aZodFormatIsParsed.reply = () => ({ text: tripText });

export async function parseWithItsResponseHasBoth({ client, zodHelpers }) {
  const { data, response, request_id } = await client.chat.completions.parse(tripRequest(zodHelpers)).withResponse();
  assert.equal(data.choices[0].message.parsed.city, 'Oslo');
  return { data, response, request_id };
}
parseWithItsResponseHasBoth.reply = () => ({ text: tripText });

export async function parseCanBeReadRaw({ client, zodHelpers }) {
  const response = await client.chat.completions.parse(tripRequest(zodHelpers)).asResponse();
  assert.equal(response.bodyUsed, false);
  return { before: describe(response), body: await response.json() };
}
parseCanBeReadRaw.reply = () => ({ text: tripText });

export async function aRefusalIsNotParsed({ client, zodHelpers }) {
  const completion = await client.chat.completions.parse(tripRequest(zodHelpers));
  assert.equal(completion.choices[0].message.parsed, null);
  assert.equal(completion.choices[0].message.refusal, 'I cannot plan that.');
  return completion;
}
aRefusalIsNotParsed.reply = () => ({ refusal: 'I cannot plan that.' });

export async function anAnswerCutByLengthIsALengthError({ client, zodHelpers }) {
  const error = await errorOf(client.chat.completions.parse(tripRequest(zodHelpers)));
  assert.equal(error.constructor.name, 'LengthFinishReasonError');
  return error;
}
anAnswerCutByLengthIsALengthError.reply = () => ({ text: '{"city":"Os', finishReason: 'length' });

export async function anAnswerCutByTheContentFilterIsAFilterError({ client, zodHelpers }) {
  const error = await errorOf(client.chat.completions.parse(tripRequest(zodHelpers)));
  assert.equal(error.constructor.name, 'ContentFilterFinishReasonError');
  return error;
}
anAnswerCutByTheContentFilterIsAFilterError.reply = () => ({ text: '', finishReason: 'content_filter' });

export async function anAnswerThatIsNotTheSchemaIsAZodError({ client, zodHelpers }) {
  const error = await errorOf(client.chat.completions.parse(tripRequest(zodHelpers)));
  assert.equal(error.constructor.name, 'ZodError');
  return { name: error.name, issues: error.issues };
}
anAnswerThatIsNotTheSchemaIsAZodError.reply = () => ({ text: '{"city":1}' });

export async function anAnswerThatIsNoJsonIsASyntaxError({ client, zodHelpers }) {
  const error = await errorOf(client.chat.completions.parse(tripRequest(zodHelpers)));
  assert.ok(error instanceof SyntaxError);
  return error;
}
anAnswerThatIsNoJsonIsASyntaxError.reply = () => ({ text: 'Oslo!' });

export async function argumentsOfZodToolsAreParsed({ client, zodHelpers }) {
  const tools = [zodHelpers.zodFunction({ name: 'plan', parameters: trip })];
  const completion = await client.chat.completions.parse({ model: 'gpt-4o', messages, tools });
  assert.equal(completion.choices[0].message.tool_calls[0].function.parsed_arguments.days, 3);
  return completion;
}
argumentsOfZodToolsAreParsed.reply = () => ({ toolCalls: [{ name: 'plan', arguments: tripText }] });

export async function aParsedPromiseCanBeAwaitedTwice({ client, zodHelpers }) {
  const promise = client.chat.completions.parse(tripRequest(zodHelpers));
  const [first, second] = [await promise, await promise];
  return { identical: first === second, equal: JSON.stringify(first) === JSON.stringify(second) };
}
aParsedPromiseCanBeAwaitedTwice.reply = () => ({ text: tripText });

export async function anApiErrorOfParseHasItsClass({ client, zodHelpers, openai }) {
  const error = await errorOf(client.chat.completions.parse(tripRequest(zodHelpers)));
  assert.ok(error instanceof openai.UnprocessableEntityError);
  return error;
}
anApiErrorOfParseHasItsClass.reply = () => ({
  status: 422,
  error: { message: 'No.', code: 'schema', param: 'response_format' },
});
