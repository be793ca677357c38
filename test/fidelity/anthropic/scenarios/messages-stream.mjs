// SPDX-License-Identifier: Apache-2.0

import assert from 'node:assert/strict';

import { className, describe, drain, errorOf } from '../../observe.mjs';

const question = { model: 'claude-opus-4-6', max_tokens: 64, messages: [{ role: 'user', content: 'Hi' }] };
const asked = { ...question, stream: true };

export async function aStreamGivesItsEventsInOrder({ client }) {
  const stream = await client.messages.create(asked);
  const { items } = await drain(stream);
  assert.equal(items.at(-1).type, 'message_stop');
  return { class: className(stream), own: Object.keys(stream), items, controller: className(stream.controller) };
}

export async function aStreamOfBetaMessagesDoesTheSame({ client }) {
  return drain(await client.beta.messages.create({ ...asked, betas: ['one-2026-01-01'] }));
}

export async function thinkingAndToolInputComeInPieces({ client }) {
  return drain(await client.messages.create(asked));
}
thinkingAndToolInputComeInPieces.reply = () => ({
  thinking: 'Let me see.',
  chunks: ['I ', 'look.'],
  toolCalls: [{ name: 'weather', arguments: { city: 'Oslo', days: [1, 2] } }],
});

export async function theRawBodyIsTheBytesOfTheServer({ client }) {
  const response = await client.messages.create(asked).asResponse();
  return { text: await response.text(), type: response.headers.get('content-type') };
}
theRawBodyIsTheBytesOfTheServer.ownResponse = true;

export async function withResponseOfAStreamGivesBoth({ client }) {
  const { data, response, request_id } = await client.messages.create(asked).withResponse();
  const { items } = await drain(data);
  return { items: items.length, response: response.status, request_id };
}

export async function breakingOutAbortsTheRequest({ client, outcomes }) {
  const stream = await client.messages.create(asked);
  for await (const event of stream) if (event.type === 'content_block_delta') break;
  assert.equal(stream.controller.signal.aborted, true);
  return outcomes();
}
breakingOutAbortsTheRequest.reply = (_, __, { until }) => ({
  chunks: ['one ', 'two ', 'three ', 'four ', 'five'],
  gate: (chunk) => (chunk === 6 ? until('never') : undefined),
});

export async function abortingTheControllerEndsTheStreamQuietly({ client, outcomes }) {
  const stream = await client.messages.create(asked);
  const types = [];
  for await (const event of stream) {
    types.push(event.type);
    if (event.type === 'content_block_delta') stream.controller.abort();
  }
  return { types, outcomes: await outcomes() };
}
abortingTheControllerEndsTheStreamQuietly.reply = breakingOutAbortsTheRequest.reply;

export async function abortingBySignalEndsTheStream({ client, outcomes }) {
  const leave = new AbortController();
  const stream = await client.messages.create(asked, { signal: leave.signal });
  const types = [];
  const read = async () => {
    for await (const event of stream) {
      types.push(event.type);
      if (event.type === 'content_block_delta') leave.abort();
    }
  };
  const ended = await read().catch((error) => error);
  return { types, ended: describe(ended), outcomes: await outcomes() };
}
abortingBySignalEndsTheStream.reply = breakingOutAbortsTheRequest.reply;

export async function anErrorEventIsAnAPIError({ client, Anthropic }) {
  const { items, error } = await drain(await client.messages.create(asked));
  assert.ok(error instanceof Anthropic.APIError);
  assert.equal(items.at(-1).type, 'content_block_delta');
  return { items: items.length, error };
}
anErrorEventIsAnAPIError.reply = () => ({
  chunks: ['one ', 'two '],
  errorAfterChunks: 4,
  error: { message: 'Overloaded' },
});

export async function aStreamThatIsCutEndsWithTheErrorOfTheTransport({ client }) {
  const stream = await client.messages.create(asked);
  const { items, error } = await drain(stream);
  assert.ok(error);
  return { items: items.length, error: String(error) };
}
aStreamThatIsCutEndsWithTheErrorOfTheTransport.reply = () => ({ chunks: ['one ', 'two '], failAfterChunks: 5 });

export async function aBrokenEventIsASyntaxError({ client }) {
  const complained = [];
  const { error: log } = console;
  console.error = (...values) => complained.push(values);
  const { items, error } = await drain(await client.messages.create(asked));
  console.error = log;
  assert.equal(error.name, 'SyntaxError');
  return { items, error, complained: complained.length };
}
aBrokenEventIsASyntaxError.reply = () => ({
  headers: { 'content-type': 'text/event-stream' },
  raw: 'event: ping\ndata: {"type":"ping"}\n\nevent: message_start\ndata: {"type":\n\n',
});

export async function bothHalvesOfATeeGetEverything({ client }) {
  const [left, right] = (await client.messages.create(asked)).tee();
  const [one, two] = await Promise.all([drain(left), drain(right)]);
  assert.deepEqual(one, two);
  return one.items.length;
}

export async function toReadableStreamCanBeReadBack({ client }) {
  const stream = await client.messages.create(asked);
  const { items } = await drain(stream.toReadableStream());
  return Buffer.concat(items.map((item) => Buffer.from(item))).toString();
}

export async function aRefusedStreamIsTheProvidersError({ client, Anthropic }) {
  const error = await errorOf(client.messages.create(asked));
  assert.ok(error instanceof Anthropic.RateLimitError);
  return error;
}
aRefusedStreamIsTheProvidersError.reply = () => ({ status: 429, error: {} });

function listen(helper) {
  const seen = [];
  for (const name of [
    'connect',
    'streamEvent',
    'text',
    'inputJson',
    'thinking',
    'contentBlock',
    'message',
    'finalMessage',
    'error',
    'abort',
    'end',
  ])
    helper.on(name, (...values) => seen.push([name, name === 'streamEvent' ? values[0].type : describe(values[0])]));
  return seen;
}

export async function theStreamHelperTellsItsEventsInOrder({ client }) {
  const helper = client.messages.stream(question);
  const seen = listen(helper);
  const { items } = await drain(helper);
  const final = await helper.finalMessage();
  return { seen, items: items.length, final, text: await helper.finalText(), received: helper.receivedMessages.length };
}
theStreamHelperTellsItsEventsInOrder.reply = thinkingAndToolInputComeInPieces.reply;

export async function theBetaStreamHelperDoesTheSame({ client }) {
  const helper = client.beta.messages.stream({ ...question, betas: ['one-2026-01-01'] });
  const seen = listen(helper);
  return { final: await helper.finalMessage(), seen };
}
theBetaStreamHelperDoesTheSame.since = '0.99';

export async function theStreamHelperCanBeAborted({ client, Anthropic, outcomes }) {
  const helper = client.messages.stream(question);
  const seen = listen(helper);
  helper.on('text', () => helper.abort());
  const error = await errorOf(helper.done());
  assert.ok(error instanceof Anthropic.APIUserAbortError);
  return { error, seen, aborted: helper.aborted, ended: helper.ended, outcomes: await outcomes() };
}
theStreamHelperCanBeAborted.reply = breakingOutAbortsTheRequest.reply;

export async function theStreamHelperReportsErrors({ client }) {
  const failed = client.messages.stream(question);
  const seen = listen(failed);
  const first = await errorOf(failed.finalMessage());
  const broken = client.messages.stream(question);
  const second = await errorOf(broken.finalMessage());
  return { first, seen, second: String(second), errored: [failed.errored, broken.errored] };
}
theStreamHelperReportsErrors.reply = (_, turn) =>
  turn === 0
    ? { status: 400, error: {} }
    : { chunks: ['one ', 'two '], errorAfterChunks: 4, error: { message: 'Overloaded' } };

export async function theServerIsHeldBackWhileNobodyReads({ client, release, outcomes }) {
  const stream = await client.messages.create(asked);
  release('go');
  const { items } = await drain(stream);
  return { items: items.length, outcomes: await outcomes() };
}
theServerIsHeldBackWhileNobodyReads.reply = (_, __, { until }) => ({
  chunks: ['one ', 'two '],
  gate: (chunk) => (chunk === 1 ? until('go') : undefined),
});
