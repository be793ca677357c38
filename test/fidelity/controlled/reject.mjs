// SPDX-License-Identifier: Apache-2.0

import assert from 'node:assert/strict';

import { FlowError, GuardrailRejectedError, isFlowError } from '@flow/register/api';

import { drain, errorOf } from '../observe.mjs';
import { gate } from '../policies/reject.mjs';
import { seen, startWatching } from '../policies/seen.mjs';

const messages = [{ role: 'user', content: 'Hi' }];
const blocked = { model: 'gpt-4o', messages, user: 'blocked' };

function assertRejected(error, guardrail = 'no-blocked', reason = 'not today') {
  assert.ok(error instanceof GuardrailRejectedError, `${error}`);
  assert.ok(error instanceof FlowError);
  assert.equal(isFlowError(error), error);
  assert.equal(error.status, 403);
  assert.equal(error.code, 'FLOW_GUARDRAIL_REJECTED');
  assert.equal(error.guardrail, guardrail);
  assert.equal(error.reason, reason);
}

export async function aRejectionReachesEveryWayToReadACall({ client, openai, requests }) {
  const ways = [
    (promise) => promise,
    (promise) => promise.withResponse(),
    (promise) => promise.asResponse(),
    (promise) => promise.parse(),
    (promise) => promise.then((completion) => completion),
    (promise) => promise.finally(() => undefined),
  ];
  for (const way of ways) {
    const promise = client.chat.completions.create(blocked);
    assert.ok(promise instanceof openai.APIPromise);
    assertRejected(await errorOf(way(promise)));
  }
  assert.deepEqual(await requests(), []);
}

export async function aRejectedCallGivesTheSameErrorEachTimeItIsAwaited({ client }) {
  const promise = client.chat.completions.create(blocked);
  const first = await errorOf(promise);
  assert.equal(await errorOf(promise), first);
  assert.equal(await errorOf(promise.asResponse()), first);
}

export async function aRejectionIsNotRetried({ newClient, requests }) {
  startWatching();
  assertRejected(await errorOf(newClient({ maxRetries: 3 }).chat.completions.create(blocked)));
  assert.equal(seen.length, 1);
  assert.deepEqual(await requests(), []);
}

export async function aGuardrailMayTakeItsTimeAndGiveACode({ client, requests }) {
  assertRejected(await errorOf(client.chat.completions.create({ ...blocked, user: 'later' })));
  const error = await errorOf(client.chat.completions.create({ ...blocked, user: 'coded' }));
  assertRejected(error, 'no-blocked', 'over budget');
  assert.deepEqual(await requests(), []);
}

export async function everyKindOfCallCanBeRejected({ client, AzureOpenAI, zodHelpers, url, requests }) {
  const { z } = await import('zod');
  const azure = new AzureOpenAI({ apiKey: 'k', apiVersion: '2026-01-01', baseURL: url, deployment: 'd' });
  const format = zodHelpers.zodResponseFormat(z.object({ city: z.string() }), 'trip');
  const input = { model: 'gpt-5', input: 'Hi', user: 'blocked' };
  const calls = [
    () => client.chat.completions.create({ ...blocked, stream: true }),
    () => client.chat.completions.parse({ ...blocked, response_format: format }),
    () => client.responses.create(input),
    () => client.responses.create({ ...input, stream: true }),
    () => client.responses.parse(input),
    () => client.embeddings.create({ model: 'text-embedding-3-small', input: 'a', user: 'blocked' }),
    () => client.post('/chat/completions', { body: blocked }),
    // Version 4 has no such method.
    () => (client.withOptions?.({ maxRetries: 1 }) ?? client).chat.completions.create(blocked),
    () => azure.chat.completions.create(blocked),
  ];
  for (const call of calls) assertRejected(await errorOf(call));
  assert.deepEqual(await requests(), []);
}

export async function theStreamHelpersReportARejection({ client, openai, requests }) {
  for (const helper of [
    client.chat.completions.stream(blocked),
    client.responses.stream({ model: 'm', input: '', user: 'blocked' }),
  ]) {
    const events = [];
    helper.on('error', (error) => events.push(error));
    helper.on('end', () => events.push('end'));
    const error = await errorOf(helper.done());
    assertRejected(isFlowError(error));
    assert.ok(error instanceof openai.OpenAIError);
    assert.deepEqual(events, [error, 'end']);
  }
  assert.deepEqual(await requests(), []);
}

export async function aRunEndsWhenItsSecondCallIsRejected({ client, requests }) {
  const parameters = { type: 'object', properties: {} };
  for (const stream of [false, true]) {
    const runner = client.chat.completions.runTools({
      model: 'gpt-4o',
      messages,
      stream,
      user: 'no-tool-results',
      tools: [{ type: 'function', function: { name: 'look', description: 'd', parameters, function: () => 'seen' } }],
    });
    const error = await errorOf(runner.done());
    assertRejected(isFlowError(error), 'no-blocked', 'no tool results');
    assert.equal(runner.messages.at(-1).role, 'tool');
  }
  assert.equal((await requests()).length, 2);
}
aRunEndsWhenItsSecondCallIsRejected.reply = () => ({ toolCalls: [{ name: 'look', arguments: {} }] });

export async function policyThatFailsRefusesTheCall({ client, requests }) {
  const codes = {
    broken: 'FLOW_GUARDRAIL_FAILED',
    unclear: 'FLOW_INVALID_VERDICT',
    'broken intercept': 'FLOW_INTERCEPT_FAILED',
    'unclear intercept': 'FLOW_INVALID_VERDICT',
  };
  for (const [user, code] of Object.entries(codes)) {
    const error = await errorOf(client.chat.completions.create({ ...blocked, user }));
    assert.ok(isFlowError(error), user);
    assert.equal(error.code, code);
    assert.equal(error.status, 403);
    if (user.startsWith('broken')) assert.ok(error.cause instanceof RangeError);
  }
  assert.deepEqual(await requests(), []);
}

export async function callsThatAreAllowedAreWhatTheyWere({ client, openai, requests }) {
  const request = { model: 'gpt-4o', messages };
  const promise = client.chat.completions.create(request);
  assert.ok(promise instanceof openai.APIPromise);
  const { data, response, request_id } = await promise.withResponse();
  assert.equal(data.choices[0].message.content, 'Hello there, friend.');
  assert.equal(response.status, 200);
  assert.equal(request_id, data._request_id);
  const { items } = await drain(await client.chat.completions.create({ ...request, stream: true }));
  assert.equal(items.length, 5);
  const [sent] = await requests();
  assert.deepEqual(JSON.parse(sent.body), request);
}

export async function aCallAbortedWhileItsGuardrailThinksSendsNothing({ client, openai, requests }) {
  const leave = new AbortController();
  const failed = errorOf(client.chat.completions.create({ ...blocked, user: 'waits' }, { signal: leave.signal }));
  await gate.entered.promise;
  leave.abort();
  gate.open.resolve();
  assert.ok((await failed) instanceof openai.APIUserAbortError);
  assert.deepEqual(await requests(), []);
}

export async function aRejectionThatNobodyHandlesIsReportedAsOne({ client }) {
  const report = new Promise((resolve) => {
    process.once('unhandledRejection', resolve);
  });
  client.chat.completions.create(blocked);
  assertRejected(await report);
}
aRejectionThatNobodyHandlesIsReportedAsOne.unhandled = 1;
