// SPDX-License-Identifier: Apache-2.0

import assert from 'node:assert/strict';

import { drain, errorOf } from '../observe.mjs';

const question = { model: 'gpt-4o', messages: [{ role: 'user', content: 'Hi' }] };
const busy = (status, headers = {}) => ({
  status,
  error: { message: 'Busy.' },
  headers: { 'retry-after-ms': '1', ...headers },
});
const fine = { text: 'Here I am.' };

export async function aBusyServerIsAskedAgain({ newClient }) {
  const client = newClient({ maxRetries: 2 });
  const { data, response, request_id } = await client.chat.completions.create(question).withResponse();
  assert.equal(data.choices[0].message.content, 'Here I am.');
  assert.equal(request_id, 'req_3');
  return { data, response };
}
aBusyServerIsAskedAgain.reply = (_, turn) => (turn < 2 ? busy(503) : fine);

export async function retryAfterInSecondsIsKept({ newClient }) {
  const started = performance.now();
  const completion = await newClient({ maxRetries: 1 }).chat.completions.create(question);
  const waited = performance.now() - started;
  assert.ok(waited >= 99, `waited ${waited} ms`);
  return completion;
}
retryAfterInSecondsIsKept.reply = (_, turn) =>
  turn === 0 ? { status: 429, error: { message: 'Slow.' }, headers: { 'retry-after': '0.1' } } : fine;

export async function everyRetryableStatusIsRetriedAndOthersAreNot({ newClient }) {
  const client = newClient({ maxRetries: 1 });
  const ends = [];
  for (const user of ['408', '409', '429', '500', '502', '504', '400', '401', '404', '422']) {
    const end = await client.chat.completions.create({ ...question, user }).catch((error) => error);
    ends.push([user, end.constructor.name, end.status]);
  }
  assert.equal(ends.filter(([, name]) => name === 'Object').length, 6);
  return ends;
}
everyRetryableStatusIsRetriedAndOthersAreNot.reply = ({ body, headers }) =>
  headers['x-stainless-retry-count'] === '0' ? busy(Number(body.user)) : fine;

export async function theServerDecidesWithItsOwnHeader({ newClient }) {
  const client = newClient({ maxRetries: 1 });
  const never = await errorOf(client.chat.completions.create({ ...question, user: 'false' }));
  const always = await client.chat.completions.create({ ...question, user: 'true' });
  assert.equal(never.status, 503);
  return { never, always };
}
theServerDecidesWithItsOwnHeader.reply = ({ body, headers }) =>
  headers['x-stainless-retry-count'] === '0'
    ? busy(body.user === 'true' ? 400 : 503, { 'x-should-retry': body.user })
    : fine;

export async function retriesEndWithTheLastError({ newClient, openai }) {
  const error = await errorOf(newClient({ maxRetries: 2 }).chat.completions.create(question));
  assert.ok(error instanceof openai.InternalServerError);
  assert.equal(error.requestID, 'req_3');
  return error;
}
retriesEndWithTheLastError.reply = (_, turn) => ({ ...busy(500), error: { message: `Failure ${turn}.` } });

export async function maxRetriesZeroAsksOnce({ newClient }) {
  const client = newClient({ maxRetries: 5 });
  const error = await errorOf(client.chat.completions.create(question, { maxRetries: 0 }));
  assert.equal(error.status, 503);
  return error;
}
maxRetriesZeroAsksOnce.reply = () => busy(503);

export async function twoRetriesAreTheDefault({ OpenAI, url }) {
  const error = await errorOf(new OpenAI({ apiKey: 'sk-test', baseURL: url }).chat.completions.create(question));
  assert.equal(error.status, 503);
  return error;
}
twoRetriesAreTheDefault.reply = () => busy(503);

export async function aStreamIsRetriedBeforeItStarts({ newClient }) {
  const promise = newClient({ maxRetries: 2 }).chat.completions.create({ ...question, stream: true });
  const { data, response } = await promise.withResponse();
  const { items } = await drain(data);
  assert.equal(items.length, 5);
  return { items, response };
}
aStreamIsRetriedBeforeItStarts.reply = (_, turn) => (turn < 2 ? busy(503) : fine);

export async function aStreamThatBreaksInTheMiddleIsNotRetried({ newClient, release }) {
  const stream = await newClient({ maxRetries: 2 }).chat.completions.create({ ...question, stream: true });
  let chunks = 0;
  const error = await errorOf(async () => {
    for await (const _chunk of stream) {
      chunks += 1;
      if (chunks === 2) await release('failure');
    }
  });
  assert.equal(chunks, 2);
  return error;
}
aStreamThatBreaksInTheMiddleIsNotRetried.reply = (_, __, { until }) => ({
  text: 'one two',
  failAfterChunks: 2,
  gate: (chunk) => (chunk === 2 ? until('failure') : undefined),
});

export async function helpersAreRetriedToo({ newClient }) {
  const client = newClient({ maxRetries: 1 });
  const content = await client.chat.completions.stream(question).finalContent();
  const response = await client.responses.stream({ model: 'gpt-5', input: 'Hi' }).finalResponse();
  const list = await client.embeddings.create({ model: 'text-embedding-3-small', input: 'a' });
  assert.equal(content, 'Here I am.');
  return { content, response, list };
}
helpersAreRetriedToo.reply = (_, turn) => (turn % 2 === 0 ? busy(503) : fine);

export async function aDroppedConnectionIsTriedAgain({ newClient }) {
  const completion = await newClient({ maxRetries: 1 }).chat.completions.create(question);
  assert.equal(completion.choices[0].message.content, 'Here I am.');
  return completion;
}
aDroppedConnectionIsTriedAgain.reply = (_, turn) => (turn === 0 ? { drop: true } : fine);

export async function aTimeoutIsTriedAgain({ newClient, outcomes }) {
  const completion = await newClient({ maxRetries: 1, timeout: 1_500 }).chat.completions.create(question);
  assert.deepEqual(await outcomes(), ['aborted', 'finished']);
  return completion;
}
aTimeoutIsTriedAgain.reply = (_, turn) => (turn === 0 ? { hang: true } : fine);

export async function aBodyThatDoesNotArriveInTimeIsTriedAgain({ newClient, outcomes }) {
  const promise = newClient({ maxRetries: 1, timeout: 1_500 }).chat.completions.create(question);
  const { data, response } = await promise.withResponse();
  assert.deepEqual(await outcomes(), ['aborted', 'finished']);
  return { data, response };
}
aBodyThatDoesNotArriveInTimeIsTriedAgain.reply = (_, turn) => (turn === 0 ? { hang: 'after-headers' } : fine);

export async function aRefusedRequestIsSentAgainWithTheSameBodyAndHeaders({ newClient }) {
  const options = { headers: { 'x-mine': '1' }, idempotencyKey: 'key-1' };
  const completion = await newClient({ maxRetries: 1 }).chat.completions.create({ ...question, seed: 1 }, options);
  assert.equal(completion.choices.length, 1);
  return 'see what was sent';
}
aRefusedRequestIsSentAgainWithTheSameBodyAndHeaders.reply = (_, turn) => (turn === 0 ? busy(503) : fine);

export async function abortingWhileWaitingForARetryEndsTheCall({ newClient, arrived, openai }) {
  const leave = new AbortController();
  const client = newClient({ maxRetries: 1, logLevel: 'off' });
  const failed = errorOf(client.chat.completions.create(question, { signal: leave.signal }));
  await arrived(1);
  leave.abort();
  const error = await failed;
  assert.ok(error instanceof openai.APIUserAbortError);
  return error;
}
abortingWhileWaitingForARetryEndsTheCall.reply = () => busy(503, { 'retry-after-ms': '200' });
