// SPDX-License-Identifier: Apache-2.0

import assert from 'node:assert/strict';

import { z } from 'zod';

import { describe, drain, errorOf } from '../observe.mjs';

const question = { model: 'gpt-5', input: 'Hi' };
const streamed = { ...question, stream: true };
const textAndCalls = () => ({ text: 'Let me look.', toolCalls: [{ name: 'weather', arguments: { city: 'Oslo' } }] });
/** Held after the first text delta. */
const heldAfterFive = (_, __, { until }) => ({
  text: 'one two three',
  gate: (chunk) => (chunk === 5 ? until('rest') : undefined),
});
const eventNames = [
  'event',
  'response.created',
  'response.output_item.added',
  'response.output_text.delta',
  'response.output_text.done',
  'response.function_call_arguments.delta',
  'response.function_call_arguments.done',
  'response.refusal.delta',
  'response.completed',
  'connect',
  'error',
  'abort',
  'end',
];

function record(helper) {
  const events = [];
  for (const name of eventNames) helper.on(name, (...args) => events.push([name, ...args.map((arg) => describe(arg))]));
  return events;
}

export async function aStreamIsIteratedEventByEvent({ client }) {
  const stream = await client.responses.create(streamed);
  const { items } = await drain(stream);
  assert.equal(items[0].type, 'response.created');
  assert.equal(items.at(-1).type, 'response.completed');
  return { items, class: stream.constructor.name };
}
aStreamIsIteratedEventByEvent.reply = textAndCalls;

export async function breakingOutAbortsTheRequest({ client, outcomes }) {
  const stream = await client.responses.create(streamed);
  const seen = [];
  for await (const event of stream) {
    seen.push(event.type);
    if (event.type === 'response.output_text.delta') break;
  }
  assert.deepEqual(await outcomes(), ['aborted']);
  return { seen, aborted: stream.controller.signal.aborted };
}
breakingOutAbortsTheRequest.reply = heldAfterFive;

export async function abortingTheControllerEndsTheLoop({ client, outcomes }) {
  const stream = await client.responses.create(streamed);
  const seen = [];
  for await (const event of stream) {
    seen.push(event.type);
    if (event.type === 'response.output_text.delta') stream.controller.abort();
  }
  assert.deepEqual(await outcomes(), ['aborted']);
  return seen;
}
abortingTheControllerEndsTheLoop.reply = heldAfterFive;

export async function teeAndToReadableStreamCarryEveryEvent({ client }) {
  const [left, right] = (await client.responses.create(streamed)).tee();
  const one = await drain(left);
  const { items } = await drain(right.toReadableStream());
  const lines = Buffer.concat(items).toString().trimEnd().split('\n');
  assert.deepEqual(
    lines.map((line) => JSON.parse(line)),
    one.items,
  );
  return lines;
}

export async function aStreamWithItsResponseAndTheRawBytes({ client }) {
  const { data, response, request_id } = await client.responses.create(streamed).withResponse();
  const { items } = await drain(data);
  const raw = await client.responses.create(streamed).asResponse();
  const text = await raw.text();
  assert.equal(items.at(-1).response.id, 'resp_1');
  assert.ok(text.startsWith('event: response.created\ndata: {'));
  return { items, response, request_id, text, raw };
}

export async function theHelperGivesEventsInOrderAndTheFinalResponse({ client }) {
  const helper = client.responses.stream(question);
  const events = record(helper);
  const final = await helper.finalResponse();
  await helper.done();
  assert.equal(final.output_text, 'Let me look.');
  assert.equal(events.at(-1)[0], 'end');
  return { final, events, class: helper.constructor.name, state: [helper.ended, helper.errored, helper.aborted] };
}
theHelperGivesEventsInOrderAndTheFinalResponse.reply = textAndCalls;

export async function theHelperCanBeIterated({ client }) {
  const { items } = await drain(client.responses.stream(question));
  assert.equal(items.at(-1).type, 'response.completed');
  return items;
}

export async function theHelperParsesAStructuredAnswer({ client, zodHelpers }) {
  const format = zodHelpers.zodTextFormat(z.object({ city: z.string(), days: z.number() }), 'trip');
  const helper = client.responses.stream({ ...question, text: { format } });
  const final = await helper.finalResponse();
  assert.deepEqual(final.output_parsed, { city: 'Oslo', days: 3 });
  return final;
}
theHelperParsesAStructuredAnswer.reply = () => ({ chunks: ['{"city":"Os', 'lo","days":3}'] });

export async function abortEndsTheHelperWithAnAbortError({ client, openai, outcomes }) {
  const helper = client.responses.stream(question);
  const events = record(helper);
  helper.on('response.output_text.delta', () => helper.abort());
  const error = await errorOf(helper.done());
  assert.ok(error instanceof openai.APIUserAbortError);
  assert.deepEqual(await outcomes(), ['aborted']);
  return { error, events };
}
abortEndsTheHelperWithAnAbortError.reply = heldAfterFive;

export async function anErrorEventIsAnError({ client, openai }) {
  const read = await drain(await client.responses.create(streamed));
  const helper = client.responses.stream(question);
  const events = record(helper);
  const error = await errorOf(helper.finalResponse());
  assert.ok(read.error instanceof openai.APIError);
  return { read, events, error };
}
anErrorEventIsAnError.reply = () => ({
  text: 'one two',
  errorAfterChunks: 5,
  error: { message: 'Overloaded.', code: 'server_overloaded' },
});

export async function aCutStreamIsAnErrorAfterItsEvents({ client, release }) {
  const stream = await client.responses.create(streamed);
  const seen = [];
  const error = await errorOf(async () => {
    for await (const event of stream) {
      seen.push(event.type);
      if (seen.length === 5) await release('rest');
    }
  });
  assert.equal(seen.length, 5);
  return { seen, error };
}
aCutStreamIsAnErrorAfterItsEvents.reply = (_, __, { until }) => ({
  text: 'one two three',
  failAfterChunks: 5,
  gate: (chunk) => (chunk === 5 ? until('rest') : undefined),
});

export async function anIncompleteAnswerAndARefusalEndTheirStreams({ client }) {
  const incomplete = await drain(await client.responses.create(streamed));
  const helper = client.responses.stream(question);
  const events = record(helper);
  const refused = await helper.finalResponse();
  assert.equal(incomplete.items.at(-1).type, 'response.incomplete');
  assert.equal(refused.output[0].content[0].refusal, 'I will not.');
  return { incomplete, events, refused };
}
anIncompleteAnswerAndARefusalEndTheirStreams.reply = (_, turn) =>
  turn === 0 ? { text: 'Once upon', finishReason: 'length' } : { refusal: 'I will not.' };

export async function anApiErrorReachesTheHelper({ client, openai }) {
  const helper = client.responses.stream(question);
  const events = record(helper);
  const error = await errorOf(helper.finalResponse());
  assert.ok(error instanceof openai.AuthenticationError);
  return { error, events };
}
anApiErrorReachesTheHelper.reply = () => ({ status: 401, error: { message: 'Bad key.', code: 'invalid_api_key' } });

export async function anUnknownEventIsPassedOn({ client }) {
  const { items } = await drain(await client.responses.create(streamed));
  assert.deepEqual(
    items.map(({ type }) => type),
    ['response.new_thing', 'response.completed'],
  );
  return items;
}
anUnknownEventIsPassedOn.reply = () => ({
  raw: 'event: response.new_thing\ndata: {"type":"response.new_thing","x":1}\n\nevent: response.completed\ndata: {"type":"response.completed","response":{"id":"r","output":[]}}\n\n',
  headers: { 'content-type': 'text/event-stream' },
});
