// SPDX-License-Identifier: Apache-2.0

import assert from 'node:assert/strict';

import { describe, drain, errorOf } from '../../observe.mjs';

const question = { model: 'claude-opus-4-6', max_tokens: 64, messages: [{ role: 'user', content: 'Hi' }] };

export async function aPlainAwaitGivesTheMessage({ client }) {
  const message = await client.messages.create(question);
  assert.equal(message.content[0].text, 'Hello there, friend.');
  return { message, keys: Object.keys(message), id: message._request_id, own: Reflect.ownKeys(message) };
}

export async function whatCreateReturnsIsAnAPIPromise({ client, APIPromise }) {
  const promise = client.messages.create(question);
  assert.ok(promise instanceof APIPromise);
  const shape = { same: promise.constructor === APIPromise, tag: String(promise), own: Reflect.ownKeys(promise) };
  await promise;
  return { ...shape, proto: Reflect.ownKeys(Object.getPrototypeOf(promise)) };
}

export async function withResponseGivesDataResponseAndRequestId({ client }) {
  const promise = client.messages.create(question);
  const { data, response, request_id } = await promise.withResponse();
  assert.equal(request_id, 'req_1');
  return { data, response, request_id, again: (await promise) === data };
}

export async function aRawResponseIsTheProvidersOwn({ client }) {
  const response = await client.messages.create(question).asResponse();
  const before = describe(response);
  const text = await response.text();
  assert.ok(text.startsWith('{\n  "id": "msg_1"'));
  return { before, text, after: response };
}
aRawResponseIsTheProvidersOwn.ownResponse = true;

export async function aRawResponseCanBeClonedAndBothRead({ client }) {
  const response = await client.messages.create(question).asResponse();
  const clone = response.clone();
  const [own, cloned] = [await response.json(), await clone.json()];
  assert.deepEqual(own, cloned);
  return own;
}

export async function betaMessagesSendTheirBetas({ client }) {
  const message = await client.beta.messages.create({ ...question, betas: ['one-2026-01-01', 'two-2026-01-01'] });
  return { message, plain: await client.beta.messages.create(question) };
}

export async function tokensAreCountedAsBefore({ client }) {
  const { model, messages } = question;
  return client.messages.countTokens({ model, messages });
}

export async function aRequestKeepsItsExactBytesAndIsNotWrittenTo({ client }) {
  const freeze = (value) => Object.freeze(Array.isArray(value) ? value.map(freeze) : value);
  const content = 'Grüße, 日本語, 🙂, \u2028, "quotes", \\, \u0000 and </script>';
  const request = freeze({
    model: question.model,
    zebra: 1,
    messages: freeze([Object.freeze({ role: 'user', content })]),
    alpha: [1, 1e21, -0, null, 0.1],
    max_tokens: 64,
    u: undefined,
    at: new Date(0),
  });
  const options = Object.freeze({ headers: Object.freeze({ 'x-mine': '1', 'user-agent': 'mine' }) });
  await client.messages.create(request, options);
  return Reflect.ownKeys(request).map(String);
}

export async function headersCanBeAddedAndTakenAway({ client, newClient }) {
  await client.messages.create(question, { headers: { 'x-mine': '1', 'X-Stainless-Lang': null } });
  await newClient({ defaultHeaders: { 'x-default': 'yes' } }).messages.create(question, {
    headers: { 'X-Default': null, 'anthropic-beta': 'mine-2026-01-01' },
  });
  return 'see what was sent';
}

export async function toolCallsAndThinkingComeThrough({ client }) {
  const message = await client.messages.create(question);
  assert.deepEqual(
    message.content.map(({ type }) => type),
    ['thinking', 'text', 'tool_use', 'tool_use'],
  );
  return message;
}
toolCallsAndThinkingComeThrough.reply = () => ({
  thinking: 'Let me see.',
  text: 'I look.',
  toolCalls: [
    { name: 'a', arguments: { city: 'Oslo' } },
    { name: 'b', arguments: {} },
  ],
});

export async function aMalformedBodyIsASyntaxError({ client }) {
  const error = await errorOf(client.messages.create(question));
  // Version 0.33 fetches with node-fetch, whose error names the address.
  assert.match(error.name, /^(?:Syntax|Fetch)Error$/);
  return [error.name, error.type];
}
aMalformedBodyIsASyntaxError.ownResponse = true;
aMalformedBodyIsASyntaxError.reply = () => ({ raw: '{"id": "msg_1", "content": [' });

export async function otherContentTypesAreWhatTheSdkMakesOfThem({ client }) {
  const answers = [];
  for (let turn = 0; turn < 4; turn += 1) answers.push(describe(await client.messages.create(question)));
  assert.equal(answers[0], 'plain text');
  return answers;
}
otherContentTypesAreWhatTheSdkMakesOfThem.ownResponse = true;
otherContentTypesAreWhatTheSdkMakesOfThem.reply = (_, turn) =>
  [
    { raw: 'plain text', headers: { 'content-type': 'text/plain' } },
    { raw: '', status: 204 },
    { raw: '[1,2]' },
    { raw: '{"content":[],"x_new":{"deep":1},"__proto__":{"a":1}}' },
  ][turn];

export async function errorsOfTheProviderKeepTheirClasses({ client, Anthropic }) {
  const errors = [];
  for (let turn = 0; turn < 6; turn += 1) errors.push(await errorOf(client.messages.create(question)));
  assert.ok(errors[0] instanceof Anthropic.BadRequestError);
  assert.ok(errors[3] instanceof Anthropic.RateLimitError);
  return errors;
}
errorsOfTheProviderKeepTheirClasses.reply = (_, turn) => ({ status: [400, 401, 404, 429, 500, 529][turn], error: {} });

export async function errorsAreTheSameInEveryWayToReadACall({ client }) {
  const ways = [(promise) => promise, (promise) => promise.withResponse(), (promise) => promise.asResponse()];
  const errors = [];
  for (const way of ways) errors.push(await errorOf(way(client.messages.create(question))));
  return errors;
}
errorsAreTheSameInEveryWayToReadACall.reply = () => ({ status: 400, error: { message: 'max_tokens: too many' } });

export async function retriesAreMadeByTheSdk({ newClient }) {
  const message = await newClient({ maxRetries: 2 }).messages.create(question);
  assert.equal(message.content[0].text, 'At last.');
  const failed = await errorOf(newClient({ maxRetries: 1 }).messages.create(question));
  return { message, failed };
}
retriesAreMadeByTheSdk.reply = (_, turn) =>
  turn === 2 ? { text: 'At last.' } : { status: 529, error: {}, headers: { 'retry-after-ms': '1' } };

export async function aConnectionThatIsCutIsAConnectionError({ client, Anthropic }) {
  const error = await errorOf(client.messages.create(question));
  assert.ok(error instanceof Anthropic.APIConnectionError);
  return String(error);
}
aConnectionThatIsCutIsAConnectionError.reply = () => ({ drop: true });

export async function abortingIsAnAPIUserAbortError({ client, Anthropic, arrived }) {
  const leave = new AbortController();
  const failed = errorOf(client.messages.create(question, { signal: leave.signal }));
  await arrived(1);
  leave.abort();
  const error = await failed;
  assert.ok(error instanceof Anthropic.APIUserAbortError);
  const before = await errorOf(client.messages.create(question, { signal: AbortSignal.abort() }));
  return { error, before };
}
abortingIsAnAPIUserAbortError.reply = () => ({ hang: true });

export async function aTimeoutIsATimeout({ client, Anthropic }) {
  const error = await errorOf(client.messages.create(question, { timeout: 60 }));
  assert.ok(error instanceof Anthropic.APIConnectionTimeoutError);
  return error;
}
aTimeoutIsATimeout.reply = () => ({ hang: true });

export async function manyCallsAtOnceEachGetTheirOwnAnswer({ client }) {
  const calls = Array.from({ length: 12 }, (_, index) =>
    client.messages.create({ ...question, metadata: { user_id: `user-${index}` } }),
  );
  const texts = (await Promise.all(calls)).map(({ content }) => content[0].text);
  assert.deepEqual(
    texts,
    Array.from({ length: 12 }, (_, index) => `for user-${index}`),
  );
  return texts;
}
manyCallsAtOnceEachGetTheirOwnAnswer.unordered = true;
manyCallsAtOnceEachGetTheirOwnAnswer.reply = ({ body }) => ({
  text: `for ${body.metadata.user_id}`,
  ids: (prefix) => `${prefix}-x`,
});

export async function theBodyOfARawResponseCanBeReadAsAStream({ client }) {
  const response = await client.messages.create(question).asResponse();
  const { items } = await drain(response.body);
  return JSON.parse(Buffer.concat(items).toString()).id;
}
