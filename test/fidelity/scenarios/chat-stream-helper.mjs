// SPDX-License-Identifier: Apache-2.0

import assert from 'node:assert/strict';

import { describe, drain, errorOf } from '../observe.mjs';

const question = { model: 'gpt-4o', messages: [{ role: 'user', content: 'Hi' }] };
const eventNames = [
  'connect',
  'chunk',
  'content',
  'content.delta',
  'content.done',
  'refusal.delta',
  'refusal.done',
  'tool_calls.function.arguments.delta',
  'tool_calls.function.arguments.done',
  'message',
  'chatCompletion',
  'finalContent',
  'finalMessage',
  'finalChatCompletion',
  'totalUsage',
  'error',
  'abort',
  'end',
];
const heldAfterTwo = (_, __, { until }) => ({
  text: 'one two three',
  gate: (chunk) => (chunk === 2 ? until('rest') : undefined),
});

function record(helper) {
  const events = [];
  for (const name of eventNames) helper.on(name, (...args) => events.push([name, ...args.map((arg) => describe(arg))]));
  return events;
}

export async function eventsComeInOrderAndTheFinalsAgree({ client }) {
  const helper = client.chat.completions.stream({ ...question, stream_options: { include_usage: true } });
  const events = record(helper);
  const finals = {
    content: await helper.finalContent(),
    message: await helper.finalMessage(),
    completion: await helper.finalChatCompletion(),
    usage: await helper.totalUsage(),
  };
  await helper.done();
  assert.equal(finals.content, 'Hello there, friend.');
  assert.equal(events[0][0], 'connect');
  assert.equal(events.at(-1)[0], 'end');
  return { events, finals, class: helper.constructor.name, state: [helper.ended, helper.errored, helper.aborted] };
}

export async function theHelperCanBeIterated({ client }) {
  const helper = client.chat.completions.stream(question);
  const { items } = await drain(helper);
  assert.equal(items.length, 5);
  return { items, messages: helper.messages };
}

export async function toolCallsAreAnnouncedPieceByPiece({ client }) {
  const helper = client.chat.completions.stream(question);
  const events = record(helper);
  const message = await helper.finalMessage();
  assert.equal(message.tool_calls.length, 2);
  assert.ok(events.some(([name]) => name === 'tool_calls.function.arguments.done'));
  return { events, message };
}
toolCallsAreAnnouncedPieceByPiece.reply = () => ({
  toolCalls: [
    { name: 'weather', arguments: { city: 'Oslo' } },
    { name: 'time', arguments: { zone: 'Europe/Oslo' } },
  ],
});

export async function refusalsAreAnnounced({ client }) {
  const helper = client.chat.completions.stream(question);
  const events = record(helper);
  const message = await helper.finalMessage();
  assert.equal(message.refusal, 'I will not.');
  return events;
}
refusalsAreAnnounced.reply = () => ({ refusal: 'I will not.' });

export async function abortEndsTheHelperWithAnAbortError({ client, openai, outcomes }) {
  const helper = client.chat.completions.stream(question);
  const events = record(helper);
  helper.on('content', () => helper.abort());
  const error = await errorOf(helper.done());
  assert.ok(error instanceof openai.APIUserAbortError);
  assert.deepEqual(await outcomes(), ['aborted']);
  return { events, error, state: [helper.ended, helper.errored, helper.aborted] };
}
abortEndsTheHelperWithAnAbortError.reply = heldAfterTwo;

export async function breakingOutOfTheHelperAbortsTheRequest({ client, outcomes }) {
  const helper = client.chat.completions.stream(question);
  const events = record(helper);
  let chunks = 0;
  for await (const _chunk of helper) {
    chunks += 1;
    if (chunks === 2) break;
  }
  assert.deepEqual(await outcomes(), ['aborted']);
  return { chunks, events, aborted: helper.controller.signal.aborted };
}
breakingOutOfTheHelperAbortsTheRequest.reply = heldAfterTwo;

export async function theCallersSignalAbortsTheHelper({ client, outcomes }) {
  const leave = new AbortController();
  const helper = client.chat.completions.stream(question, { signal: leave.signal });
  helper.on('content', () => leave.abort());
  const error = await errorOf(helper.finalContent());
  assert.deepEqual(await outcomes(), ['aborted']);
  return { error, aborted: helper.aborted };
}
theCallersSignalAbortsTheHelper.reply = heldAfterTwo;

export async function anApiErrorReachesTheHelpersListenersAndPromises({ client, openai }) {
  const helper = client.chat.completions.stream(question);
  const events = record(helper);
  const error = await errorOf(helper.finalChatCompletion());
  assert.ok(error instanceof openai.RateLimitError);
  return { error, events };
}
anApiErrorReachesTheHelpersListenersAndPromises.reply = () => ({ status: 429, error: { message: 'Slow down.' } });

export async function aCutStreamIsAnErrorOfTheHelper({ client, release }) {
  const helper = client.chat.completions.stream(question);
  const events = record(helper);
  let chunks = 0;
  helper.on('chunk', () => {
    chunks += 1;
    if (chunks === 2) release('failure');
  });
  const error = await errorOf(helper.done());
  assert.equal(chunks, 2);
  return { events, error };
}
aCutStreamIsAnErrorOfTheHelper.reply = (_, __, { until }) => ({
  text: 'one two three',
  failAfterChunks: 2,
  gate: (chunk) => (chunk === 2 ? until('failure') : undefined),
});

export async function anErrorEventIsAnErrorOfTheHelper({ client, openai }) {
  const helper = client.chat.completions.stream(question);
  const events = record(helper);
  const error = await errorOf(helper.done());
  assert.ok(error instanceof openai.OpenAIError);
  return { events, error };
}
anErrorEventIsAnErrorOfTheHelper.reply = () => ({
  text: 'one two',
  errorAfterChunks: 1,
  error: { message: 'Overloaded.' },
});

export async function toReadableStreamFeedsAnotherHelper({ client }) {
  const helper = client.chat.completions.stream(question);
  const again = helper.constructor.fromReadableStream(helper.toReadableStream());
  const events = record(again);
  assert.equal(await again.finalContent(), 'Hello there, friend.');
  return { events, original: await helper.finalContent() };
}

export async function aStructuredAnswerIsParsedWhileItStreams({ client, zodHelpers }) {
  const { z } = await import('zod');
  const format = zodHelpers.zodResponseFormat(z.object({ city: z.string(), days: z.number() }), 'trip');
  const helper = client.chat.completions.stream({ ...question, response_format: format });
  const events = record(helper);
  const completion = await helper.finalChatCompletion();
  assert.deepEqual(completion.choices[0].message.parsed, { city: 'Oslo', days: 3 });
  return { events, completion };
}
aStructuredAnswerIsParsedWhileItStreams.reply = () => ({ chunks: ['{"city":"Os', 'lo","da', 'ys":3}'] });

export async function aStructuredAnswerThatIsCutShortIsALengthError({ client, zodHelpers }) {
  const { z } = await import('zod');
  const format = zodHelpers.zodResponseFormat(z.object({ city: z.string() }), 'trip');
  const helper = client.chat.completions.stream({ ...question, response_format: format });
  const error = await errorOf(helper.finalChatCompletion());
  assert.equal(error.constructor.name, 'LengthFinishReasonError');
  return error;
}
aStructuredAnswerThatIsCutShortIsALengthError.reply = () => ({ text: '{"city":"Os', finishReason: 'length' });

export async function emittedWaitsForOneEvent({ client }) {
  const helper = client.chat.completions.stream(question);
  const connected = await helper.emitted('connect');
  const chunk = await helper.emitted('chunk');
  await helper.done();
  assert.equal(connected, undefined);
  assert.equal(typeof chunk, 'object');
  return { chunk, current: helper.currentChatCompletionSnapshot };
}

export async function aHelperWithoutListenersRejectsItsPromisesOnly({ client }) {
  const helper = client.chat.completions.stream(question);
  return [await errorOf(helper.done()), await errorOf(helper.finalMessage()), await errorOf(helper.totalUsage())];
}
aHelperWithoutListenersRejectsItsPromisesOnly.reply = () => ({
  status: 400,
  error: { message: 'Bad.', param: 'x', code: 'y' },
});
