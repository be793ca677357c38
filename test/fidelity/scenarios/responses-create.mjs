// SPDX-License-Identifier: Apache-2.0

import assert from 'node:assert/strict';

import { z } from 'zod';

import { describe, errorOf } from '../observe.mjs';

const question = { model: 'gpt-5', input: 'Hi' };
const trip = z.object({ city: z.string(), days: z.number() });

export async function aPlainAwaitGivesTheResponseAndItsText({ client, openai }) {
  const promise = client.responses.create(question);
  assert.ok(promise instanceof openai.APIPromise);
  const response = await promise;
  assert.equal(response.output_text, 'Hello there, friend.');
  return { response, id: response._request_id, own: Reflect.ownKeys(response) };
}

export async function withResponseGivesDataResponseAndRequestId({ client }) {
  const { data, response, request_id } = await client.responses.create(question).withResponse();
  assert.equal(data.output_text, 'Hello there, friend.');
  return { data, response, request_id };
}

export async function asResponseGivesTheRawResponse({ client }) {
  const response = await client.responses.create(question).asResponse();
  assert.equal(response.bodyUsed, false);
  return {
    before: describe(response),
    text: await response.text(),
    clone: describe(await errorOf(() => response.clone())),
  };
}
asResponseGivesTheRawResponse.ownResponse = true;

export async function functionCallsAndTheirOutputsMakeAConversation({ client }) {
  const tools = [{ type: 'function', name: 'weather', strict: false, parameters: { type: 'object', properties: {} } }];
  const first = await client.responses.create({ ...question, tools });
  const call = first.output.find((item) => item.type === 'function_call');
  assert.equal(call.name, 'weather');
  const output = { type: 'function_call_output', call_id: call.call_id, output: 'rain' };
  const second = await client.responses.create({ ...question, tools, previous_response_id: first.id, input: [output] });
  assert.equal(second.output_text, 'It rains.');
  return [first, second];
}
functionCallsAndTheirOutputsMakeAConversation.reply = (_, turn) =>
  turn === 0 ? { toolCalls: [{ name: 'weather', arguments: { city: 'Oslo' } }] } : { text: 'It rains.' };

export async function aZodTextFormatIsParsed({ client, zodHelpers, openai }) {
  const promise = client.responses.parse({ ...question, text: { format: zodHelpers.zodTextFormat(trip, 'trip') } });
  assert.ok(promise instanceof openai.APIPromise);
  const { data, response, request_id } = await promise.withResponse();
  assert.deepEqual(data.output_parsed, { city: 'Oslo', days: 3 });
  return { data, response, request_id };
}
aZodTextFormatIsParsed.reply = () => ({ text: '{"city":"Oslo","days":3}' });

export async function zodToolsOfAResponseAreParsed({ client, zodHelpers }) {
  const tools = [zodHelpers.zodResponsesFunction({ name: 'plan', parameters: trip })];
  const response = await client.responses.parse({ ...question, tools });
  assert.equal(response.output[0].parsed_arguments.days, 3);
  return response;
}
zodToolsOfAResponseAreParsed.reply = () => ({ toolCalls: [{ name: 'plan', arguments: { city: 'Oslo', days: 3 } }] });

export async function refusalsAndCutAnswersAreWhatTheSdkMakesOfThem({ client, zodHelpers }) {
  const format = { format: zodHelpers.zodTextFormat(trip, 'trip') };
  const refused = await client.responses.parse({ ...question, text: format });
  const cut = await client.responses.create(question);
  const broken = await client.responses.parse({ ...question, text: format }).then(describe, describe);
  assert.equal(refused.output_parsed, null);
  assert.deepEqual(cut.incomplete_details, { reason: 'max_output_tokens' });
  return { refused, cut, broken };
}
refusalsAndCutAnswersAreWhatTheSdkMakesOfThem.reply = (_, turn) =>
  [{ refusal: 'No.' }, { text: 'Once upon', finishReason: 'length' }, { text: '{"city":"Os', finishReason: 'length' }][
    turn
  ];

export async function aFrozenRequestIsAcceptedAndNotWrittenTo({ client }) {
  const input = Object.freeze([Object.freeze({ role: 'user', content: 'Hi' })]);
  const request = Object.freeze({ model: 'gpt-5', input, metadata: Object.freeze({ a: 'b' }) });
  const response = await client.responses.create(request);
  assert.equal(response.status, 'completed');
  return { request, metadata: response.metadata };
}

export async function anApiErrorHasItsClassAndFields({ client, openai }) {
  const error = await errorOf(client.responses.create(question));
  assert.ok(error instanceof openai.NotFoundError);
  return error;
}
anApiErrorHasItsClassAndFields.reply = () => ({
  status: 404,
  error: {
    message: "Previous response with id 'x' not found.",
    param: 'previous_response_id',
    code: 'previous_response_not_found',
  },
});

export async function otherEndpointsOfResponsesWork({ client }) {
  const errors = [
    await errorOf(client.responses.retrieve('resp_1')),
    await errorOf(client.responses.cancel('resp_1')),
    await errorOf(client.responses.delete('resp_1')),
    await errorOf(client.responses.inputItems.list('resp_1')),
  ];
  assert.deepEqual(
    errors.map(({ status }) => status),
    [404, 404, 404, 404],
  );
  return errors;
}
