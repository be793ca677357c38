// SPDX-License-Identifier: Apache-2.0

import assert from 'node:assert/strict';

import { drain } from '../observe.mjs';
import { seen, startWatching } from '../policies/seen.mjs';

const question = { model: 'gpt-4o', messages: [{ role: 'user', content: 'Hi' }] };

function headerOf(sent, name) {
  return sent.headers.find((line) => line.toLowerCase().startsWith(`${name}: `))?.slice(name.length + 2);
}

function assertRewritten(sent) {
  assert.equal(JSON.parse(sent.body).temperature, 0);
  assert.equal(headerOf(sent, 'x-policy'), 'on');
  assert.equal(Number(headerOf(sent, 'content-length')), Buffer.byteLength(sent.body));
}

export async function theServerGetsTheChangedBodyAndHeaders({ client, openai, requests }) {
  const promise = client.chat.completions.create({ ...question, temperature: 1 });
  assert.ok(promise instanceof openai.APIPromise);
  const { data, response } = await promise.withResponse();
  assert.equal(data.choices[0].message.content, 'Hello there, friend.');
  assert.equal(response.headers.get('x-request-id'), data._request_id);
  const sent = await requests();
  assert.equal(sent.length, 1);
  assertRewritten(sent[0]);
  assert.deepEqual(JSON.parse(sent[0].body), { ...question, temperature: 0 });
}

export async function theCallersObjectsAreNotWrittenTo({ client }) {
  const request = Object.freeze({ ...question, messages: Object.freeze(question.messages.map(Object.freeze)) });
  const options = Object.freeze({ headers: Object.freeze({ 'x-mine': '1' }) });
  await client.chat.completions.create(request, options);
  assert.deepEqual(request, question);
  assert.deepEqual(options, { headers: { 'x-mine': '1' } });
}

export async function headersOfTheCallerStayUnlessTheyAreTakenAway({ client, requests }) {
  const headers = { 'x-mine': '1', 'x-secret': 's', 'X-Stainless-Lang': null };
  await client.chat.completions.create(question, { headers });
  const [sent] = await requests();
  assertRewritten(sent);
  assert.equal(headerOf(sent, 'x-mine'), '1');
  assert.equal(headerOf(sent, 'x-secret'), undefined);
  assert.equal(headerOf(sent, 'x-stainless-lang'), undefined);
  assert.equal(headerOf(sent, 'authorization'), 'Bearer sk-test');
}

export async function aChangeOfOnlyTheBodyOrOnlyTheHeadersIsEnough({ client, requests }) {
  await client.chat.completions.create({ ...question, user: 'no messages' });
  await client.chat.completions.create({ ...question, user: 'only a header' });
  const [body, header] = await requests();
  assert.equal(JSON.parse(body.body).messages[0].content, 'Never mind.');
  assertRewritten(body);
  assert.equal(headerOf(header, 'x-late'), '0');
}

export async function everyKindOfCallIsRewritten({ client, requests, zodHelpers }) {
  const { z } = await import('zod');
  const format = zodHelpers.zodResponseFormat(z.object({ city: z.string() }), 'trip');
  await drain(await client.chat.completions.create({ ...question, stream: true }));
  await client.chat.completions.stream(question).finalMessage();
  const parsed = await client.chat.completions.parse({ ...question, response_format: format });
  assert.equal(parsed.choices[0].message.parsed.city, 'Oslo');
  await client.responses.create({ model: 'gpt-5', input: 'Hi' });
  await client.responses.stream({ model: 'gpt-5', input: 'Hi' }).finalResponse();
  const list = await client.embeddings.create({ model: 'text-embedding-3-small', input: 'a', dimensions: 2 });
  assert.equal(list.data[0].embedding.length, 2);
  await client.post('/chat/completions', { body: question });
  await (await client.chat.completions.create(question).asResponse()).text();
  const sent = await requests();
  assert.equal(sent.length, 8);
  for (const one of sent) assertRewritten(one);
}
everyKindOfCallIsRewritten.reply = () => ({ text: '{"city":"Oslo"}' });

export async function retriesCarryTheChangeAndAskThePolicyOnce({ newClient, requests }) {
  startWatching();
  const completion = await newClient({ maxRetries: 2 }).chat.completions.create(question, {
    headers: { 'x-secret': 's' },
  });
  assert.equal(completion.choices[0].message.content, 'At last.');
  const sent = await requests();
  assert.deepEqual(
    sent.map((one) => headerOf(one, 'x-stainless-retry-count')),
    ['0', '1', '2'],
  );
  for (const one of sent) {
    assertRewritten(one);
    assert.equal(headerOf(one, 'x-secret'), undefined);
  }
  assert.equal(seen.length, 1);
}
retriesCarryTheChangeAndAskThePolicyOnce.reply = (_, turn) =>
  turn < 2 ? { status: 503, error: { message: 'Busy.' }, headers: { 'retry-after-ms': '1' } } : { text: 'At last.' };

export async function eachTurnOfARunIsRewritten({ client, requests }) {
  const parameters = { type: 'object', properties: {} };
  const calls = [];
  const fn = (text) => `seen ${calls.push(text)}`;
  for (const stream of [false, true]) {
    const runner = client.chat.completions.runTools({
      ...question,
      stream,
      tools: [{ type: 'function', function: { name: 'look', description: 'd', parameters, function: fn } }],
    });
    assert.equal(await runner.finalContent(), 'Done.');
  }
  const sent = await requests();
  assert.equal(sent.length, 4);
  for (const one of sent) assertRewritten(one);
}
eachTurnOfARunIsRewritten.reply = ({ body }) =>
  body.messages.at(-1).role === 'tool' ? { text: 'Done.' } : { toolCalls: [{ name: 'look', arguments: {} }] };

export async function theModelCanBeChangedAlsoWhereItIsPartOfTheUrl({ client, AzureOpenAI, url, requests }) {
  const azure = new AzureOpenAI({ apiKey: 'k', apiVersion: '2026-01-01', baseURL: `${url.slice(0, -3)}/openai` });
  const request = { ...question, user: 'other model' };
  const completion = await client.chat.completions.create(request);
  assert.equal(completion.model, 'gpt-4o-mini-2026-06-01');
  await azure.chat.completions.create(request);
  const [, sent] = await requests();
  assert.match(sent.line, /\/deployments\/gpt-4o-mini\/chat\/completions/);
  assertRewritten(sent);
}
