// SPDX-License-Identifier: Apache-2.0

import assert from 'node:assert/strict';
import { getEventListeners } from 'node:events';

import { describe, errorOf } from '../observe.mjs';

const question = { model: 'gpt-4o', messages: [{ role: 'user', content: 'Hi' }] };
const hang = () => ({ hang: true });
const hangAfterHeaders = () => ({ hang: 'after-headers' });

export async function aSignalThatHasFiredAlreadySendsNothing({ client, openai }) {
  const error = await errorOf(client.chat.completions.create(question, { signal: AbortSignal.abort() }));
  assert.ok(error instanceof openai.APIUserAbortError);
  const reason = await errorOf(
    client.chat.completions.create(question, { signal: AbortSignal.abort(new Error('mine')) }),
  );
  return { error, reason };
}

export async function aSignalDuringTheRequestAbortsIt({ client, openai, arrived, outcomes }) {
  const leave = new AbortController();
  const failed = errorOf(client.chat.completions.create(question, { signal: leave.signal }));
  await arrived(1);
  leave.abort();
  const error = await failed;
  assert.ok(error instanceof openai.APIUserAbortError);
  assert.deepEqual(await outcomes(), ['aborted']);
  return error;
}
aSignalDuringTheRequestAbortsIt.reply = hang;

export async function aSignalWithAReasonAbortsTheRequest({ client, arrived, outcomes }) {
  const leave = new AbortController();
  const failed = errorOf(client.responses.create({ model: 'gpt-5', input: 'Hi' }, { signal: leave.signal }));
  await arrived(1);
  leave.abort(new RangeError('my own reason'));
  const error = await failed;
  assert.deepEqual(await outcomes(), ['aborted']);
  return error;
}
aSignalWithAReasonAbortsTheRequest.reply = hang;

export async function aSignalWhileTheBodyArrivesAbortsIt({ client, openai, outcomes }) {
  const leave = new AbortController();
  const promise = client.chat.completions.create(question, { signal: leave.signal });
  const response = await promise.asResponse();
  const failed = errorOf(promise);
  leave.abort();
  const error = await failed;
  assert.ok(error instanceof openai.APIUserAbortError);
  return { error, status: response.status, outcomes: await outcomes() };
}
aSignalWhileTheBodyArrivesAbortsIt.ownResponse = true;
aSignalWhileTheBodyArrivesAbortsIt.reply = hangAfterHeaders;

export async function aSignalAfterTheAnswerChangesNothing({ client }) {
  const leave = new AbortController();
  const completion = await client.chat.completions.create(question, { signal: leave.signal });
  leave.abort();
  assert.equal(completion.choices.length, 1);
  return completion;
}

export async function aSignalAbortsTheRawBody({ client, outcomes }) {
  const leave = new AbortController();
  const response = await client.chat.completions.create(question, { signal: leave.signal }).asResponse();
  const failed = errorOf(response.text());
  leave.abort();
  const error = await failed;
  assert.deepEqual(await outcomes(), ['aborted']);
  return [error.name, error.message, error.constructor.name, error.code];
}
aSignalAbortsTheRawBody.ownResponse = true;
aSignalAbortsTheRawBody.reply = hangAfterHeaders;

export async function aTimeoutIsATimeoutError({ client, openai, outcomes }) {
  const error = await errorOf(client.chat.completions.create(question, { timeout: 60 }));
  assert.equal(error.constructor, openai.APIConnectionTimeoutError);
  assert.deepEqual(await outcomes(), ['aborted']);
  return error;
}
aTimeoutIsATimeoutError.reply = hang;

export async function aTimeoutOfTheClientIsATimeoutError({ newClient, openai, outcomes }) {
  const error = await errorOf(
    newClient({ timeout: 60 }).embeddings.create({ model: 'text-embedding-3-small', input: 'a' }),
  );
  assert.equal(error.constructor, openai.APIConnectionTimeoutError);
  return { error, outcomes: await outcomes() };
}
aTimeoutOfTheClientIsATimeoutError.reply = hang;

export async function aBodyThatDoesNotComeIsATimeoutError({ client, openai, outcomes }) {
  const error = await errorOf(client.chat.completions.create(question, { timeout: 1_000 }));
  assert.equal(error.constructor, openai.APIConnectionTimeoutError);
  assert.deepEqual(await outcomes(), ['aborted']);
  return error;
}
aBodyThatDoesNotComeIsATimeoutError.reply = hangAfterHeaders;

export async function aTimeoutDoesNotEndAStreamThatHasStarted({ client, release }) {
  const stream = await client.chat.completions.create({ ...question, stream: true }, { timeout: 1_000 });
  const deltas = [];
  for await (const chunk of stream) {
    deltas.push(chunk.choices[0].delta);
    if (deltas.length === 2) {
      await new Promise((resolve) => setTimeout(resolve, 1_100));
      await release('rest');
    }
  }
  assert.equal(deltas.length, 5);
  return deltas;
}
aTimeoutDoesNotEndAStreamThatHasStarted.reply = (_, __, { until }) => ({
  text: 'one two three',
  gate: (chunk) => (chunk === 2 ? until('rest') : undefined),
});

export async function aTimeoutSignalOfTheCallerIsAnAbort({ client, outcomes }) {
  const error = await errorOf(client.chat.completions.create(question, { signal: AbortSignal.timeout(60) }));
  assert.deepEqual(await outcomes(), ['aborted']);
  return error;
}
aTimeoutSignalOfTheCallerIsAnAbort.reply = hang;

export async function oneSignalForManyCallsAbortsThemAllAndKeepsNoListeners({ client, arrived, outcomes }) {
  const leave = new AbortController();
  const before = listenersOf(leave.signal);
  await client.models.list({ signal: leave.signal });
  const calls = ['a', 'b', 'c'].map((user) =>
    client.chat.completions.create({ ...question, user }, { signal: leave.signal }),
  );
  const failed = Promise.all(calls.map(errorOf));
  await arrived(4);
  leave.abort();
  const errors = await failed;
  assert.equal(errors.length, 3);
  return { errors: errors.map(describe), outcomes: await outcomes(), before };
}
oneSignalForManyCallsAbortsThemAllAndKeepsNoListeners.reply = (request) =>
  request.method === 'GET' ? { text: '' } : hang();
oneSignalForManyCallsAbortsThemAllAndKeepsNoListeners.unordered = true;

export async function finishedCallsLeaveAsManyListenersOnASignalAsTheSdkDoes({ client }) {
  const { signal } = new AbortController();
  const counts = [];
  for (let call = 0; call < 3; call += 1) {
    await client.chat.completions.create(question, { signal });
    const stream = await client.chat.completions.create({ ...question, stream: true }, { signal });
    for await (const _chunk of stream);
    counts.push(listenersOf(signal));
  }
  assert.equal(counts.length, 3);
  return counts;
}

function listenersOf(signal) {
  return getEventListeners(signal, 'abort').length;
}
