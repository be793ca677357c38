// SPDX-License-Identifier: Apache-2.0

import assert from 'node:assert/strict';

import { describe, errorOf } from '../observe.mjs';
import { mine } from '../policies/execution.mjs';
import { seen, startWatching } from '../policies/seen.mjs';

const messages = [{ role: 'user', content: 'Hi' }];
const chat = (user) => ({ model: 'gpt-4o', messages, user });
const bodies = async (requests) => (await requests()).map(({ body }) => JSON.parse(body));

export async function aReplacedResponseWorksWithEveryHelperAndSendsNothing({ client, openai, zodHelpers, requests }) {
  const { z } = await import('zod');
  const promise = client.chat.completions.create(chat('replace'));
  assert.ok(promise instanceof openai.APIPromise);
  const { data, response, request_id } = await promise.withResponse();
  assert.equal(data.id, 'made-1');
  assert.ok(response instanceof Response);
  assert.equal(response.status, 200);
  assert.equal(request_id, null);
  assert.equal((await (await client.chat.completions.create(chat('replace')).asResponse()).json()).id, 'made-1');
  const format = zodHelpers.zodResponseFormat(z.object({ city: z.string() }), 'trip');
  const parsed = await client.chat.completions.parse({ ...chat('replace'), response_format: format });
  assert.deepEqual(parsed.choices[0].message.parsed, { city: 'Made' });
  const runner = client.chat.completions.runTools({ ...chat('replace'), tools: [tool()] });
  assert.equal(await runner.finalContent(), '{"city":"Made"}');
  assert.equal((await client.responses.create({ model: 'gpt-5', input: 'Hi', user: 'replace' })).output_text, 'Made.');
  assert.deepEqual(await requests(), []);
}

export async function replacedEmbeddingsAreNumbersInEveryEncoding({ client }) {
  const request = { model: 'text-embedding-3-small', input: 'a', user: 'replace' };
  const decoded = await client.embeddings.create(request);
  const floats = await client.embeddings.create({ ...request, encoding_format: 'float' });
  assert.deepEqual([...decoded.data[0].embedding], [0.5, -0.25]);
  assert.deepEqual([...floats.data[0].embedding], [0.5, -0.25]);
}

export async function aChangedResponseKeepsItsStatusHeadersAndRequestId({ client }) {
  const { data, response, request_id } = await client.chat.completions.create(chat('change')).withResponse();
  assert.equal(data.changed, 'by policy');
  assert.equal(data.choices[0].message.content, 'Hello there, friend.');
  assert.equal(request_id, 'req_1');
  assert.equal(data._request_id, 'req_1');
  assert.equal(response.headers.get('openai-version'), '2020-10-01');
  assert.ok(response.url.endsWith('/chat/completions'));
  const raw = await client.chat.completions.create(chat('change')).asResponse();
  assert.equal(raw.bodyUsed, false);
  const clone = raw.clone();
  assert.deepEqual(await clone.json(), await raw.json());
  const list = await client.embeddings.create({
    model: 'text-embedding-3-small',
    input: 'a',
    dimensions: 2,
    user: 'change',
  });
  assert.equal(list.changed, 'by policy');
  assert.equal(list.data[0].embedding.length, 2);
  assert.equal((await client.responses.create({ model: 'gpt-5', input: 'Hi', user: 'change' })).changed, 'by policy');
}

export async function aChangedGzippedResponseDoesNotSayThatItIsGzipped({ client }) {
  const { data, response } = await client.chat.completions.create(chat('change')).withResponse();
  assert.equal(data.changed, 'by policy');
  assert.equal(response.headers.get('content-encoding'), null);
  const raw = await client.chat.completions.create(chat('change')).asResponse();
  const text = await raw.text();
  const length = raw.headers.get('content-length');
  assert.ok(length === null || Number(length) === Buffer.byteLength(text));
}
aChangedGzippedResponseDoesNotSayThatItIsGzipped.reply = () => ({ text: 'small', compress: true });

export async function aPolicyCanRetryACallOfItsOwnAccord({ newClient, requests }) {
  const completion = await newClient({ maxRetries: 0 }).chat.completions.create(chat('retry'));
  assert.equal(completion.choices[0].message.content, 'Better.');
  assert.equal(completion._request_id, 'req_2');
  assert.equal((await requests()).length, 2);
}
aPolicyCanRetryACallOfItsOwnAccord.reply = (_, turn) =>
  turn === 0 ? { status: 500, error: { message: 'Once.' } } : { text: 'Better.' };

export async function aPolicyCanFallBackToAnotherModel({ client, requests }) {
  const { data, response } = await client.chat.completions.create(chat('fallback')).withResponse();
  assert.equal(data.model, 'gpt-4o-mini-2026-06-01');
  assert.equal(response.headers.get('x-request-id'), 'req_2');
  assert.deepEqual(
    (await bodies(requests)).map(({ model }) => model),
    ['gpt-4o', 'gpt-4o-mini'],
  );
}
aPolicyCanFallBackToAnotherModel.reply = ({ body }) =>
  body.model === 'gpt-4o' ? { status: 404, error: { message: 'Gone.' } } : { text: 'From the small one.' };

export async function aPolicyCanAskTwiceAtOnceAndChoose({ client, requests }) {
  startWatching();
  const completion = await client.chat.completions.create(chat('twice'));
  assert.equal(seen.length, 2);
  assert.notEqual(seen[0].id, seen[1].id);
  assert.equal(completion.id, seen[1].id);
  assert.equal((await requests()).length, 2);
}

export async function anErrorOfThePolicyReachesTheCallerAsItIs({ client, requests }) {
  const promise = client.chat.completions.create(chat('fail'));
  assert.equal(await errorOf(promise), mine);
  assert.equal(await errorOf(promise.asResponse()), mine);
  assert.deepEqual(await requests(), []);
}

export async function anErrorOfTheSdkPassesThroughUntouched({ client, openai }) {
  startWatching();
  const error = await errorOf(client.chat.completions.create(chat('watch')));
  assert.equal(error, seen[0]);
  assert.ok(error instanceof openai.RateLimitError);
  assert.deepEqual(
    [
      error.status,
      error.code,
      error.type,
      error.param,
      error.requestID ?? error.request_id,
      new Headers(error.headers).get('retry-after'),
    ],
    [429, 'slow', 'requests', 'model', 'req_1', '9'],
  );
}
anErrorOfTheSdkPassesThroughUntouched.reply = () => ({
  status: 429,
  error: { message: 'Slow.', code: 'slow', type: 'requests', param: 'model' },
  headers: { 'retry-after': '9' },
});

export async function timeoutsAndAbortsKeepTheirClassesAndReachTheServer({ client, openai, arrived, outcomes }) {
  const timeout = await errorOf(client.chat.completions.create(chat('change'), { timeout: 60 }));
  assert.equal(timeout.constructor, openai.APIConnectionTimeoutError);
  const leave = new AbortController();
  const failed = errorOf(client.chat.completions.create(chat('change'), { signal: leave.signal }));
  await arrived(2);
  leave.abort();
  assert.equal((await failed).constructor, openai.APIUserAbortError);
  assert.deepEqual(await outcomes(), ['aborted', 'aborted']);
}
timeoutsAndAbortsKeepTheirClassesAndReachTheServer.reply = () => ({ hang: true });

export async function aBodyThatDoesNotComeIsStillATimeout({ client, openai, outcomes }) {
  const error = await errorOf(client.chat.completions.create(chat('change'), { timeout: 1500 }));
  assert.equal(error.constructor, openai.APIConnectionTimeoutError);
  assert.deepEqual(await outcomes(), ['aborted']);
}
aBodyThatDoesNotComeIsStillATimeout.reply = () => ({ hang: 'after-headers' });

export async function abortingWhileTheBodyArrivesIsStillAnAbort({ client, openai, arrived, outcomes }) {
  const leave = new AbortController();
  const failed = errorOf(client.chat.completions.create(chat('change'), { signal: leave.signal }));
  await arrived(1);
  leave.abort();
  assert.equal((await failed).constructor, openai.APIUserAbortError);
  assert.deepEqual(await outcomes(), ['aborted']);
}
abortingWhileTheBodyArrivesIsStillAnAbort.reply = () => ({ hang: 'after-headers' });

export async function aMalformedBodyIsStillASyntaxError({ client }) {
  assert.ok((await errorOf(client.chat.completions.create(chat('change')))) instanceof SyntaxError);
}
aMalformedBodyIsStillASyntaxError.reply = () => ({ raw: '{"id": ' });

export async function callsThatThePolicyLeavesAloneAreWhatTheyWere({ client }) {
  const { data, response } = await client.chat.completions.create(chat('nobody')).withResponse();
  const raw = await client.chat.completions.create(chat('nobody')).asResponse();
  assert.equal(data.choices[0].message.content, 'Hello there, friend.');
  assert.equal(JSON.parse(await raw.text()).object, 'chat.completion');
  return describe(response);
}

function tool() {
  const parameters = { type: 'object', properties: {} };
  return { type: 'function', function: { name: 'look', description: 'd', parameters, function: () => 'seen' } };
}
