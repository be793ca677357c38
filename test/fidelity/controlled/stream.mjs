// SPDX-License-Identifier: Apache-2.0

import assert from 'node:assert/strict';

import { describe, drain, errorOf } from '../observe.mjs';
import { seen, startWatching } from '../policies/seen.mjs';
import { mine } from '../policies/stream.mjs';

const chat = (user) => ({ model: 'gpt-4o', messages: [{ role: 'user', content: 'Hi' }], user });
const streamed = (user) => ({ ...chat(user), stream: true });
const textOf = (chunks) => chunks.map((chunk) => chunk.choices[0]?.delta.content ?? '').join('');
const words = () => ({ chunks: ['one ', 'two ', 'three'] });
const heldAfterTwo = (_, __, { until }) => ({
  ...words(),
  gate: (chunk) => (chunk === 2 ? until('rest') : undefined),
});

export async function chunksCanBeChangedDroppedAndAdded({ client }) {
  const read = async (user) => textOf((await drain(await client.chat.completions.create(streamed(user)))).items);
  assert.equal(await read('loud'), 'ONE TWO THREE');
  assert.equal(await read('shorter'), 'one three');
  assert.equal(await read('longer'), 'one two three (checked)');
  assert.equal(await read('nobody'), 'one two three');
}
chunksCanBeChangedDroppedAndAdded.reply = words;

export async function aStreamCanBeReplacedWithoutASingleRequest({ client, requests }) {
  const promise = client.chat.completions.create(streamed('replace'));
  const { data, response } = await promise.withResponse();
  assert.equal(data.constructor.name, 'Stream');
  assert.ok(response instanceof Response);
  assert.equal(textOf((await drain(data)).items), 'Made.');
  assert.equal(await client.chat.completions.stream(chat('replace')).finalContent(), 'Made.');
  assert.deepEqual(await requests(), []);
}

export async function theHelpersWorkOnAChangedStream({ client }) {
  const helper = client.chat.completions.stream(chat('loud'));
  const deltas = [];
  helper.on('content', (delta) => deltas.push(delta));
  assert.equal(await helper.finalContent(), 'ONE TWO THREE');
  assert.deepEqual(deltas, ['ONE ', 'TWO ', 'THREE']);
  const [left, right] = (await client.chat.completions.create(streamed('loud'))).tee();
  assert.deepEqual((await drain(left)).items, (await drain(right)).items);
  const stream = await client.chat.completions.create(streamed('loud'));
  const again = stream.constructor.fromReadableStream(stream.toReadableStream(), new AbortController());
  assert.equal(textOf((await drain(again)).items), 'ONE TWO THREE');
  const second = await drain(stream);
  assert.match(second.error.message, /consumed stream/);
}
theHelpersWorkOnAChangedStream.reply = words;

export async function theRawResponseOfAChangedStreamIsServerSentEvents({ client }) {
  const response = await client.chat.completions.create(streamed('loud')).asResponse();
  assert.match(response.headers.get('content-type'), /^text\/event-stream/);
  assert.equal(response.status, 200);
  assert.ok(response.url.endsWith('/chat/completions'));
  const text = await response.text();
  assert.ok(text.endsWith('data: [DONE]\n\n'), text.slice(-100));
  assert.match(text, /"ONE "/);
}
theRawResponseOfAChangedStreamIsServerSentEvents.reply = words;

export async function eventsOfAResponseCanBeChanged({ client }) {
  const request = { model: 'gpt-5', input: 'Hi', user: 'loud' };
  const { items } = await drain(await client.responses.create({ ...request, stream: true }));
  const deltas = items.filter(({ type }) => type === 'response.output_text.delta').map(({ delta }) => delta);
  assert.deepEqual(deltas, ['ONE ', 'TWO ', 'THREE']);
  assert.equal(items.at(-1).type, 'response.completed');
  const helper = client.responses.stream(request);
  const heard = [];
  helper.on('response.output_text.delta', ({ delta }) => heard.push(delta));
  await helper.finalResponse();
  assert.deepEqual(heard, ['ONE ', 'TWO ', 'THREE']);
}
eventsOfAResponseCanBeChanged.reply = words;

export async function aStreamThatIsReadToTheEndIsClosedOnce({ client }) {
  startWatching();
  const { items } = await drain(await client.chat.completions.create(streamed('same')));
  assert.equal(textOf(items), 'one two three');
  assert.deepEqual(seen, ['finished', 'closed']);
}
aStreamThatIsReadToTheEndIsClosedOnce.reply = words;

export async function breakingOutClosesThePolicyAndAbortsTheRequest({ client, outcomes }) {
  startWatching();
  const stream = await client.chat.completions.create(streamed('same'));
  let chunks = 0;
  for await (const _chunk of stream) {
    chunks += 1;
    if (chunks === 2) break;
  }
  assert.deepEqual(await outcomes(), ['aborted']);
  assert.deepEqual(seen, ['closed']);
  assert.equal(stream.controller.signal.aborted, true);
}
breakingOutClosesThePolicyAndAbortsTheRequest.reply = heldAfterTwo;

export async function abortingTheControllerClosesThePolicyAndAbortsTheRequest({ client, outcomes }) {
  startWatching();
  const stream = await client.chat.completions.create(streamed('same'));
  let chunks = 0;
  for await (const _chunk of stream) {
    chunks += 1;
    if (chunks === 2) stream.controller.abort();
  }
  assert.equal(chunks, 2);
  assert.deepEqual(await outcomes(), ['aborted']);
  assert.deepEqual(seen, ['closed']);
}
abortingTheControllerClosesThePolicyAndAbortsTheRequest.reply = heldAfterTwo;

export async function theCallersSignalEndsAWrappedStream({ client, outcomes }) {
  const leave = new AbortController();
  const stream = await client.chat.completions.create(streamed('same'), { signal: leave.signal });
  const iterator = stream[Symbol.asyncIterator]();
  await iterator.next();
  await iterator.next();
  const pending = iterator.next().then(describe, describe);
  leave.abort();
  assert.deepEqual(await pending, { value: '<undefined>', done: true });
  assert.deepEqual(await outcomes(), ['aborted']);
}
theCallersSignalEndsAWrappedStream.reply = heldAfterTwo;

export async function chunksStillArriveOneByOne({ client, release }) {
  const seenChunks = [];
  for await (const chunk of await client.chat.completions.create(streamed('loud'))) {
    seenChunks.push(chunk.choices[0].delta.content);
    if (seenChunks.length === 2) await release('rest');
  }
  assert.deepEqual(seenChunks, ['', 'ONE ', 'TWO ', 'THREE', undefined]);
}
chunksStillArriveOneByOne.reply = heldAfterTwo;

export async function theServerIsStillHeldBackWhileNobodyReads({ client, chunksSent }) {
  const stream = await client.chat.completions.create(streamed('same'));
  const iterator = stream[Symbol.asyncIterator]();
  await iterator.next();
  let last = -1;
  for (let [sent] = await chunksSent(); sent !== last; [sent] = await chunksSent()) {
    last = sent;
    await new Promise((resolve) => setTimeout(resolve, 150));
  }
  assert.ok(last < 3_000, `${last} chunks were sent`);
  await iterator.return();
}
theServerIsStillHeldBackWhileNobodyReads.reply = () => ({
  chunks: Array.from({ length: 3_000 }, () => 'x'.repeat(10_000)),
});

export async function anErrorOfThePolicyReachesTheReaderAsItIs({ client, outcomes }) {
  const { items, error } = await drain(await client.chat.completions.create(streamed('stops')));
  assert.equal(items.length, 2);
  assert.equal(error, mine);
  assert.deepEqual(await outcomes(), ['aborted']);
}
anErrorOfThePolicyReachesTheReaderAsItIs.reply = heldAfterTwo;

export async function anErrorBeforeTheStreamOpensRejectsTheCall({ client, requests }) {
  assert.equal(await errorOf(client.chat.completions.create(streamed('fail'))), mine);
  assert.deepEqual(await requests(), []);
}

export async function errorsOfTheProviderPassThroughAWrappedStream({ client, openai, release }) {
  const refused = await errorOf(client.chat.completions.create(streamed('same')));
  assert.ok(refused instanceof openai.BadRequestError);
  const inside = await drain(await client.chat.completions.create(streamed('same')));
  assert.ok(inside.error instanceof openai.APIError);
  assert.equal(inside.error.code, 'overloaded');
  let chunks = 0;
  const cut = await errorOf(async () => {
    for await (const _chunk of await client.chat.completions.create(streamed('same'))) {
      chunks += 1;
      if (chunks === 2) await release('failure');
    }
  });
  assert.equal(chunks, 2);
  assert.match(cut.message, /^(terminated|Premature close)$/);
}
errorsOfTheProviderPassThroughAWrappedStream.reply = (_, turn, { until }) =>
  [
    { status: 400, error: { message: 'No streams.' } },
    { ...words(), errorAfterChunks: 1, error: { message: 'Overloaded.', code: 'overloaded' } },
    { ...words(), failAfterChunks: 2, gate: (chunk) => (chunk === 2 ? until('failure') : undefined) },
  ][turn];

export async function aPolicyCanOpenAStreamAgain({ client, requests }) {
  const { items } = await drain(await client.chat.completions.create(streamed('retry')));
  assert.equal(textOf(items), 'one two three');
  assert.equal((await requests()).length, 2);
}
aPolicyCanOpenAStreamAgain.reply = (_, turn) => (turn === 0 ? { status: 500, error: { message: 'Once.' } } : words());

export async function aPolicyCanStartOverWhenAStreamBreaks({ client, release, requests }) {
  const stream = await client.chat.completions.create(streamed('second try'));
  const seenChunks = [];
  for await (const chunk of stream) {
    seenChunks.push(chunk.choices[0].delta.content);
    if (seenChunks.length === 2) await release('failure');
  }
  assert.deepEqual(seenChunks, ['', 'one ', '', 'one ', 'two ', 'three', undefined]);
  assert.equal((await requests()).length, 2);
}
aPolicyCanStartOverWhenAStreamBreaks.reply = (_, turn, { until }) =>
  turn === 0
    ? { ...words(), failAfterChunks: 2, gate: (chunk) => (chunk === 2 ? until('failure') : undefined) }
    : words();

export async function bufferedCallsAreNotTouchedByAStreamPolicy({ client }) {
  const completion = await client.chat.completions.create(chat('loud'));
  assert.equal(completion.choices[0].message.content, 'one two three');
}
bufferedCallsAreNotTouchedByAStreamPolicy.reply = words;

export async function aStreamingRunWorksUnderAStreamPolicy({ client }) {
  const parameters = { type: 'object', properties: {} };
  const fn = (text) => `seen ${text}`;
  const runner = client.chat.completions.runTools({
    ...streamed('loud'),
    tools: [{ type: 'function', function: { name: 'look', description: 'd', parameters, function: fn } }],
  });
  assert.equal(await runner.finalContent(), 'ONE TWO THREE');
  assert.equal(runner.messages.find(({ role }) => role === 'tool').content, 'seen {"a":1}');
}
aStreamingRunWorksUnderAStreamPolicy.reply = (_, turn) =>
  turn === 0 ? { toolCalls: [{ name: 'look', arguments: { a: 1 } }] } : words();
