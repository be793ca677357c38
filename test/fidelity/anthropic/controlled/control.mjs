// SPDX-License-Identifier: Apache-2.0

import assert from 'node:assert/strict';

import { FlowError, GuardrailRejectedError, isFlowError } from '@flow/register/api';

import { drain, errorOf } from '../../observe.mjs';
import { gate, mine, seen } from '../policies/control.mjs';

const messages = [{ role: 'user', content: 'Hi' }];
const question = { model: 'claude-opus-4-6', max_tokens: 64, messages };
const wishing = (wish) => ({ ...question, metadata: { user_id: wish } });

function assertRejected(error, reason = 'not today') {
  assert.ok(error instanceof GuardrailRejectedError, `${error}`);
  assert.ok(error instanceof FlowError);
  assert.equal(error.status, 403);
  assert.equal(error.guardrail, 'no-blocked');
  assert.equal(error.reason, reason);
}

export async function aRejectionReachesEveryWayToReadACallAndIsNotRetried({ newClient, APIPromise, requests }) {
  seen.length = 0;
  const client = newClient({ maxRetries: 3 });
  const ways = [
    (promise) => promise,
    (promise) => promise.withResponse(),
    (promise) => promise.asResponse(),
    (promise) => promise.finally(() => undefined),
  ];
  for (const way of ways) {
    const promise = client.messages.create(wishing('blocked'));
    assert.ok(promise instanceof APIPromise);
    assertRejected(await errorOf(way(promise)));
  }
  for (const call of [
    () => client.messages.create({ ...wishing('blocked'), stream: true }),
    () => client.beta.messages.create(wishing('blocked')),
    () => client.post('/v1/messages', { body: wishing('blocked') }),
  ])
    assertRejected(await errorOf(call()));
  assert.equal(seen.length, 7);
  assert.deepEqual(seen[0], { model: 'claude-opus-4-6', provider: 'anthropic', streaming: false, wish: 'blocked' });
  assert.deepEqual(await requests(), []);
}

export async function theStreamHelpersReportARejection({ client, requests }) {
  seen.length = 0;
  const resources = [client.messages, client.beta.messages].filter(({ stream }) => stream !== undefined);
  for (const resource of resources) {
    const helper = resource.stream(wishing('blocked'));
    const events = [];
    helper.on('error', (error) => events.push(error));
    helper.on('end', () => events.push('end'));
    const error = await errorOf(helper.finalMessage());
    assertRejected(isFlowError(error));
    assert.deepEqual(events, [error, 'end']);
  }
  assert.equal(seen.length, resources.length);
  assert.deepEqual(await requests(), []);
}

export async function aCallAbortedWhileItsGuardrailThinksSendsNothing({ client, Anthropic, requests }) {
  gate.entered = Promise.withResolvers();
  gate.open = Promise.withResolvers();
  const leave = new AbortController();
  const failed = errorOf(client.messages.create(wishing('waits'), { signal: leave.signal }));
  await gate.entered.promise;
  leave.abort();
  gate.open.resolve();
  assert.ok((await failed) instanceof Anthropic.APIUserAbortError);
  assert.deepEqual(await requests(), []);
}

export async function requestsAreRewritten({ client, requests }) {
  const body = wishing('rewrite');
  await client.messages.create(body, { headers: { 'x-secret': 'mine', 'x-kept': 'yes' } });
  await drain(await client.messages.create({ ...body, stream: true }));
  await client.messages.create(wishing('annotated'));
  const sent = await requests();
  const bodies = sent.map((request) => JSON.parse(request.body));
  assert.deepEqual(bodies, [
    { ...body, temperature: 0 },
    { ...body, stream: true, temperature: 0 },
    { ...wishing('annotated'), system: 'Be brief.' },
  ]);
  const names = sent[0].headers.map((line) => line.toLowerCase());
  assert.ok(names.includes('x-policy: on') && names.includes('x-kept: yes'));
  assert.ok(!names.some((line) => line.startsWith('x-secret')));
  assert.ok(names.some((line) => line.startsWith('anthropic-version')));
  assert.equal(body.temperature, undefined);
}

export async function betasSurviveARewrite({ client, requests }) {
  await client.beta.messages.create({ ...wishing('rewrite'), betas: ['one-2026-01-01'] });
  const [sent] = await requests();
  assert.ok(sent.headers.some((line) => /^anthropic-beta: one-2026-01-01$/i.test(line)));
}

export async function answersAreReplacedAndChanged({ client, requests }) {
  const replaced = await client.messages.create(wishing('replace'));
  assert.equal(replaced.content[0].text, 'Made.');
  const { data, response, request_id } = await client.messages.create(wishing('change')).withResponse();
  assert.equal(data.changed, 'by policy');
  assert.equal(data.content[0].text, 'Hello there, friend.');
  assert.equal(response.status, 200);
  assert.equal(request_id, 'req_1');
  assert.equal((await requests()).length, 1);
}

export async function aFailedCallIsMadeAgain({ client, requests }) {
  assert.equal((await client.messages.create(wishing('retry'))).content[0].text, 'At last.');
  const { items } = await drain(await client.messages.create({ ...wishing('retry'), stream: true }));
  assert.equal(items.at(-1).type, 'message_stop');
  assert.equal((await requests()).length, 4);
}
aFailedCallIsMadeAgain.reply = (_, turn) => (turn % 2 === 0 ? { status: 500, error: {} } : { text: 'At last.' });

export async function anErrorOfPolicyReachesTheCaller({ client, requests }) {
  assert.equal(await errorOf(client.messages.create(wishing('fail'))), mine);
  assert.equal(await errorOf(client.messages.create({ ...wishing('fail'), stream: true })), mine);
  assert.deepEqual(await requests(), []);
}

export async function streamsAreReplacedChangedAndStopped({ client }) {
  const texts = async (wish) => {
    const { items, error } = await drain(await client.messages.create({ ...wishing(wish), stream: true }));
    return [items.map((event) => event.delta?.text ?? '').join(''), error];
  };
  assert.deepEqual(await texts('loud'), ['HELLO THERE, FRIEND.', undefined]);
  assert.deepEqual(await texts('replace'), ['Made.', undefined]);
  const [text, error] = await texts('stops');
  // Version 0.33 gives an event when the next has begun.
  assert.ok(['', 'Hello'].includes(text), text);
  assert.equal(isFlowError(error) ?? error, mine);
  assert.equal(await client.messages.stream(wishing('loud')).finalText(), 'HELLO THERE, FRIEND.');
  assert.equal(await client.messages.stream(wishing('replace')).finalText(), 'Made.');
}

export async function anErrorEventIsTheSdksErrorBehindAWrappedStreamToo({ client, Anthropic }) {
  const { items, error } = await drain(await client.messages.create({ ...wishing('same'), stream: true }));
  assert.ok(error instanceof Anthropic.APIError, `${error}`);
  assert.match(String(error), /Overloaded/);
  assert.equal(items.at(-1).type, 'content_block_delta');
}
anErrorEventIsTheSdksErrorBehindAWrappedStreamToo.reply = () => ({
  chunks: ['one ', 'two '],
  errorAfterChunks: 4,
  error: {},
});

export async function aStreamInAFormThatAnInterceptCannotReadIsAnError({ client }) {
  const { items, error } = await drain(await client.messages.create({ ...wishing('same'), stream: true }));
  assert.deepEqual(items, []);
  assert.match(String(isFlowError(error)), /cannot read a stream of type application\/vnd\.amazon\.eventstream/);
}
aStreamInAFormThatAnInterceptCannotReadIsAnError.reply = () => ({
  raw: 'bytes',
  headers: { 'content-type': 'application/vnd.amazon.eventstream' },
});

export async function breakingOutOfAWrappedStreamClosesIt({ client, outcomes }) {
  seen.length = 0;
  for await (const event of await client.messages.create({ ...wishing('same'), stream: true }))
    if (event.type === 'content_block_delta') break;
  assert.deepEqual(await outcomes(), ['aborted']);
  assert.deepEqual(seen.slice(1), ['closed']);
}
breakingOutOfAWrappedStreamClosesIt.reply = (_, __, { until }) => ({
  chunks: ['one ', 'two ', 'three ', 'four ', 'five'],
  gate: (chunk) => (chunk === 6 ? until('never') : undefined),
});

function makeTool(name, run) {
  return { type: 'custom', name, description: name, input_schema: { type: 'object' }, run, parse: (input) => input };
}

function agent({ body }) {
  const results = body.messages.at(-1).content;
  if (Array.isArray(results) && results[0]?.type === 'tool_result')
    return { text: results.map(({ content, is_error: failed }) => `${failed ? 'failed: ' : ''}${content}`).join('; ') };
  return { toolCalls: body.tools.map(({ name }) => ({ name, arguments: { city: 'Oslo' } })) };
}

export async function toolsAreRejectedRewrittenReplacedAndChanged({ client }) {
  for (const stream of [false, true]) {
    seen.length = 0;
    const ran = [];
    const tool = (name, result) =>
      makeTool(name, (input, context) => (ran.push([name, input, context?.toolUse?.name]), result));
    const tools = [
      tool('weather', 'sunny'),
      tool('delete', 'gone'),
      tool('cached', 'live'),
      tool('fails', 'x'),
      tool('loud', 'quiet'),
    ];
    const final = await client.beta.messages.toolRunner({ ...question, stream, tools }).runUntilDone();
    assert.equal(
      final.content[0].text,
      `sunny; failed: Error: guardrail rejected: deleting is not allowed; from the cache; failed: Error: ${mine.message}; QUIET`,
    );
    assert.deepEqual(ran, [
      ['weather', { city: 'Oslo, Norway' }, 'weather'],
      ['loud', { city: 'Oslo' }, 'loud'],
    ]);
    const asked = seen.filter(({ tool: name }) => name !== undefined);
    assert.equal(asked.length, 5);
    assert.deepEqual(asked[0].args, { city: 'Oslo' });
    assert.match(asked[0].id, /^toolu_\d+$/);
    assert.equal(new Set(asked.map(({ id }) => id)).size, 5);
  }
}
toolsAreRejectedRewrittenReplacedAndChanged.since = '0.99';
toolsAreRejectedRewrittenReplacedAndChanged.reply = agent;

export async function aLoopEndsWhenItsSecondCallIsRejected({ client, requests }) {
  for (const stream of [false, true]) {
    seen.length = 0;
    const runner = client.beta.messages.toolRunner({
      ...wishing('no tool results'),
      stream,
      tools: [makeTool('look', () => 'seen')],
    });
    assertRejected(isFlowError(await errorOf(runner.runUntilDone())), 'no tool results');
    assert.equal(seen.filter(({ wish }) => wish !== undefined).length, 2);
  }
  assert.equal((await requests()).length, 2);
}
aLoopEndsWhenItsSecondCallIsRejected.since = '0.99';
aLoopEndsWhenItsSecondCallIsRejected.reply = agent;
