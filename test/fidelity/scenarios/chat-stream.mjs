// SPDX-License-Identifier: Apache-2.0

import assert from 'node:assert/strict';

import { describe, drain, errorOf } from '../observe.mjs';

const question = { model: 'gpt-4o', messages: [{ role: 'user', content: 'Hi' }], stream: true };
const textOf = (chunks) => chunks.map((chunk) => chunk.choices[0]?.delta.content ?? '').join('');
const sse = (...lines) => ({ raw: lines.join(''), headers: { 'content-type': 'text/event-stream' } });
const heldAfterTwo = (_, __, { until }) => ({
  text: 'one two three',
  gate: (chunk) => (chunk === 2 ? until('rest') : undefined),
});

export async function aStreamIsIteratedChunkByChunk({ client, openai }) {
  const stream = await client.chat.completions.create(question);
  const shape = { own: Reflect.ownKeys(stream), controller: stream.controller instanceof AbortController };
  const { items } = await drain(stream);
  assert.equal(textOf(items), 'Hello there, friend.');
  assert.equal(stream.constructor.name, 'Stream');
  return { items, ...shape, exported: openai.Stream === stream.constructor, aborted: stream.controller.signal.aborted };
}

export async function aRequestIsAStreamWhereItsJsonSaysSo({ client }) {
  class Printed {
    #body;
    constructor(body) {
      this.#body = body;
    }
    toJSON() {
      return this.#body;
    }
  }
  const later = { ...question, stream: undefined, toJSON: () => question };
  // eslint-disable-next-line no-new-wrappers -- the oddity that is tried
  const boxed = { ...question, stream: new Boolean(true) };
  const member = { ...question, stream: { toJSON: () => true } };
  const seen = [];
  for (const request of [new Printed(question), later, boxed, member]) {
    const answer = await client.chat.completions.create(request).catch(describe);
    const isStream = typeof answer === 'object' && Symbol.asyncIterator in answer;
    seen.push(isStream ? textOf((await drain(answer)).items) : (answer.name ?? typeof answer));
  }
  assert.equal(seen.length, 4);
  return seen;
}

export async function chunksArriveWhileTheModelIsStillWriting({ client, release }) {
  const stream = await client.chat.completions.create(question);
  const seen = [];
  for await (const chunk of stream) {
    seen.push(chunk.choices[0].delta);
    if (seen.length === 2) await release('rest');
  }
  assert.equal(seen.length, 5);
  return seen;
}
chunksArriveWhileTheModelIsStillWriting.reply = heldAfterTwo;

export async function usageComesOnlyWhenItIsAskedFor({ client }) {
  const without = await drain(await client.chat.completions.create(question));
  const asked = { ...question, stream_options: { include_usage: true } };
  const withIt = await drain(await client.chat.completions.create(asked));
  assert.equal(
    without.items.some((chunk) => 'usage' in chunk),
    false,
  );
  assert.deepEqual(withIt.items.at(-1).choices, []);
  return { without, withIt };
}

export async function toolCallsArriveInFragments({ client }) {
  const { items } = await drain(await client.chat.completions.create(question));
  assert.equal(items.filter((chunk) => chunk.choices[0].delta.tool_calls?.[0].id).length, 2);
  return items;
}
toolCallsArriveInFragments.reply = () => ({
  text: 'Let me look.',
  toolCalls: [
    { name: 'weather', arguments: { city: 'Oslo' } },
    { name: 'time', arguments: { zone: 'Europe/Oslo' } },
  ],
});

export async function breakingOutAbortsTheRequest({ client, outcomes }) {
  const stream = await client.chat.completions.create(question);
  const seen = [];
  for await (const chunk of stream) {
    seen.push(chunk.choices[0].delta);
    if (seen.length === 2) break;
  }
  assert.deepEqual(await outcomes(), ['aborted']);
  return { seen, aborted: stream.controller.signal.aborted, reason: stream.controller.signal.reason };
}
breakingOutAbortsTheRequest.reply = heldAfterTwo;

export async function anErrorInTheLoopAbortsTheRequestAndIsTheSameError({ client, outcomes }) {
  const mine = new Error('mine');
  const stream = await client.chat.completions.create(question);
  const error = await errorOf(async () => {
    for await (const _chunk of stream) throw mine;
  });
  assert.equal(error, mine);
  assert.deepEqual(await outcomes(), ['aborted']);
  return stream.controller.signal.aborted;
}
anErrorInTheLoopAbortsTheRequestAndIsTheSameError.reply = heldAfterTwo;

export async function theIteratorCanBeDrivenByHand({ client, outcomes }) {
  const stream = await client.chat.completions.create(question);
  const iterator = stream[Symbol.asyncIterator]();
  const first = await iterator.next();
  const returned = await iterator.return('early');
  assert.equal(first.done, false);
  assert.deepEqual(await outcomes(), ['aborted']);
  return {
    first,
    returned,
    after: await iterator.next(),
    methods: ['next', 'return', 'throw'].map((name) => typeof iterator[name]),
  };
}
theIteratorCanBeDrivenByHand.reply = heldAfterTwo;

export async function throwingIntoTheIteratorEndsIt({ client, outcomes }) {
  const stream = await client.chat.completions.create(question);
  const iterator = stream[Symbol.asyncIterator]();
  await iterator.next();
  const mine = new Error('thrown in');
  assert.equal(await errorOf(iterator.throw(mine)), mine);
  return { outcomes: await outcomes(), after: await iterator.next() };
}
throwingIntoTheIteratorEndsIt.reply = heldAfterTwo;

export async function readsAskedForAtOnceAreAnsweredInOrder({ client }) {
  const stream = await client.chat.completions.create(question);
  const iterator = stream[Symbol.asyncIterator]();
  const results = await Promise.all(Array.from({ length: 8 }, () => iterator.next()));
  assert.equal(results.at(-1).done, true);
  return results;
}

export async function aSecondIterationIsRefused({ client }) {
  const stream = await client.chat.completions.create(question);
  await drain(stream);
  const { items, error } = await drain(stream);
  assert.equal(items.length, 0);
  assert.match(error.message, /consumed stream/);
  return error;
}

export async function awaitingTheSamePromiseTwiceGivesTheSameStream({ client }) {
  const promise = client.chat.completions.create(question);
  const [first, second] = [await promise, await promise];
  assert.equal(first, second);
  return drain(first);
}

export async function teeGivesTwoStreamsWithTheSameChunks({ client }) {
  const stream = await client.chat.completions.create(question);
  const [left, right] = stream.tee();
  const one = await drain(left);
  const two = await drain(right);
  assert.deepEqual(one.items, two.items);
  assert.equal(textOf(one.items), 'Hello there, friend.');
  return { same: one.items.every((item, index) => item === two.items[index]), class: left.constructor.name, one };
}

export async function teesReadTogetherAndLeftAtDifferentPlacesBothWork({ client, release, outcomes }) {
  const stream = await client.chat.completions.create(question);
  const [left, right] = stream.tee();
  const seen = [];
  for await (const chunk of left) {
    seen.push(chunk.choices[0].delta);
    if (seen.length === 2) break;
  }
  await release('rest');
  const { items } = await drain(right);
  assert.equal(textOf(items), 'one two three');
  return { seen, items, outcomes: await outcomes() };
}
teesReadTogetherAndLeftAtDifferentPlacesBothWork.reply = heldAfterTwo;

export async function abortingTheControllerEndsTheLoopWithoutAnError({ client, outcomes }) {
  const stream = await client.chat.completions.create(question);
  const seen = [];
  for await (const chunk of stream) {
    seen.push(chunk.choices[0].delta);
    if (seen.length === 2) stream.controller.abort();
  }
  assert.equal(seen.length, 2);
  assert.deepEqual(await outcomes(), ['aborted']);
  return { seen, reason: stream.controller.signal.reason };
}
abortingTheControllerEndsTheLoopWithoutAnError.reply = heldAfterTwo;

export async function abortingTheControllerBeforeReadingGivesNothing({ client, outcomes }) {
  const stream = await client.chat.completions.create(question);
  stream.controller.abort(new Error('my reason'));
  const read = await drain(stream);
  assert.deepEqual(await outcomes(), ['aborted']);
  return read;
}
abortingTheControllerBeforeReadingGivesNothing.reply = heldAfterTwo;

export async function theCallersSignalEndsAStream({ client, outcomes }) {
  const leave = new AbortController();
  const stream = await client.chat.completions.create(question, { signal: leave.signal });
  const seen = [];
  const error = await drain(
    (async function* read() {
      for await (const chunk of stream) {
        seen.push(chunk.choices[0].delta);
        if (seen.length === 2) leave.abort();
        yield chunk;
      }
    })(),
  );
  assert.equal(seen.length, 2);
  assert.deepEqual(await outcomes(), ['aborted']);
  return { seen, error: error.error, aborted: stream.controller.signal.aborted };
}
theCallersSignalEndsAStream.reply = heldAfterTwo;

export async function aPendingReadEndsWhenTheCallersSignalFires({ client, outcomes, arrived }) {
  const leave = new AbortController();
  const stream = await client.chat.completions.create(question, { signal: leave.signal });
  await arrived();
  const iterator = stream[Symbol.asyncIterator]();
  const read = [await iterator.next(), await iterator.next()];
  const pending = iterator.next().then(describe, describe);
  leave.abort();
  const last = await pending;
  assert.equal(read[1].done, false);
  return { last, outcomes: await outcomes() };
}
aPendingReadEndsWhenTheCallersSignalFires.reply = heldAfterTwo;

export async function toReadableStreamIsLinesOfJson({ client }) {
  const stream = await client.chat.completions.create(question);
  const readable = stream.toReadableStream();
  assert.ok(readable instanceof ReadableStream);
  const { items } = await drain(readable);
  const lines = Buffer.concat(items).toString().trimEnd().split('\n');
  assert.equal(textOf(lines.map((line) => JSON.parse(line))), 'Hello there, friend.');
  return lines;
}

export async function aReadableStreamCanBecomeAStreamAgain({ client }) {
  const stream = await client.chat.completions.create(question);
  const again = stream.constructor.fromReadableStream(stream.toReadableStream(), new AbortController());
  const { items } = await drain(again);
  assert.equal(textOf(items), 'Hello there, friend.');
  return items;
}

export async function cancellingTheReadableStreamAbortsTheRequest({ client, outcomes }) {
  const stream = await client.chat.completions.create(question);
  const reader = stream.toReadableStream().getReader();
  const first = await reader.read();
  await reader.cancel('enough');
  assert.equal(first.done, false);
  assert.deepEqual(await outcomes(), ['aborted']);
  return stream.controller.signal.aborted;
}
cancellingTheReadableStreamAbortsTheRequest.reply = heldAfterTwo;

export async function aStreamWithItsResponseHasBoth({ client }) {
  const { data, response, request_id } = await client.chat.completions.create(question).withResponse();
  assert.equal(request_id, 'req_1');
  const before = describe(response);
  const { items } = await drain(data);
  return { before, items, after: describe(response) };
}

export async function theRawResponseOfAStreamIsTheBytesOfTheServer({ client }) {
  const response = await client.chat.completions.create(question).asResponse();
  const before = describe(response);
  const text = await response.text();
  assert.ok(text.endsWith('data: [DONE]\n\n'));
  return { before, text };
}

export async function theRawBodyOfAStreamArrivesAsItIsWritten({ client, release }) {
  const response = await client.chat.completions.create(question).asResponse();
  const decoder = new TextDecoder();
  let text = '';
  for await (const part of response.body) {
    text += decoder.decode(part, { stream: true });
    if (text.includes('"one"')) await release('rest');
  }
  assert.ok(text.endsWith('data: [DONE]\n\n'));
  return text;
}
theRawBodyOfAStreamArrivesAsItIsWritten.reply = heldAfterTwo;

export async function cancellingTheRawBodyAbortsTheRequest({ client, outcomes }) {
  const response = await client.chat.completions.create(question).asResponse();
  await response.body.cancel();
  assert.deepEqual(await outcomes(), ['aborted']);
  return response.bodyUsed;
}
cancellingTheRawBodyAbortsTheRequest.reply = heldAfterTwo;

export async function theRawResponseOfAStreamCanBeCloned({ client }) {
  const response = await client.chat.completions.create(question).asResponse();
  const clone = response.clone();
  const [one, two] = await Promise.all([response.text(), clone.text()]);
  assert.equal(one, two);
  return clone.url;
}
theRawResponseOfAStreamCanBeCloned.ownResponse = true;

export async function aSocketThatClosesInTheMiddleIsAnErrorAfterTheChunks({ client, release, outcomes }) {
  const stream = await client.chat.completions.create(question);
  const seen = [];
  const error = await errorOf(async () => {
    for await (const chunk of stream) {
      seen.push(chunk.choices[0].delta);
      if (seen.length === 3) await release('failure');
    }
  });
  assert.equal(seen.length, 3);
  assert.deepEqual(await outcomes(), ['cut']);
  return { seen, error, aborted: stream.controller.signal.aborted };
}
aSocketThatClosesInTheMiddleIsAnErrorAfterTheChunks.reply = (_, __, { until }) => ({
  text: 'one two three',
  failAfterChunks: 3,
  gate: (chunk) => (chunk === 3 ? until('failure') : undefined),
});

export async function anErrorEventInAStreamIsAnAPIErrorWithItsFields({ client, openai }) {
  const { items, error } = await drain(await client.chat.completions.create(question));
  assert.ok(error instanceof openai.APIError);
  assert.equal(error.code, 'server_overloaded');
  return { items, error };
}
anErrorEventInAStreamIsAnAPIErrorWithItsFields.reply = () => ({
  text: 'one two three',
  errorAfterChunks: 2,
  error: { message: 'Overloaded.', code: 'server_overloaded', type: 'server_error' },
});

export async function brokenJsonInAStreamIsAnErrorAfterTheChunks({ client }) {
  const { items, error } = await drain(await client.chat.completions.create(question));
  assert.equal(items.length, 1);
  assert.ok(error instanceof SyntaxError);
  return { items, error };
}
brokenJsonInAStreamIsAnErrorAfterTheChunks.reply = () =>
  sse('data: {"choices":[]}\n\n', 'data: {"choi\n\n', 'data: [DONE]\n\n');

export async function commentsIdsCarriageReturnsAndUnknownEventsAreReadAsTheSdkDoes({ client }) {
  const { items } = await drain(await client.chat.completions.create(question));
  assert.deepEqual(
    items.map((item) => item.n ?? item.data?.n),
    [1, 2, 3, 4, 5],
  );
  return items;
}
commentsIdsCarriageReturnsAndUnknownEventsAreReadAsTheSdkDoes.ownResponse = true;
commentsIdsCarriageReturnsAndUnknownEventsAreReadAsTheSdkDoes.reply = () =>
  sse(
    ': keep-alive\n\n',
    'id: 7\nretry: 10\ndata: {"n":1,"choices":[]}\n\n',
    'data: {"n":2,\r\ndata: "choices":[]}\r\n\r\n',
    'event: odd\ndata: {"n":3,"choices":[]}\n\n',
    'event: thread.message\ndata: {"n":4}\n\n',
    'data:{"n":5,"choices":[]}\n\n',
    'data: [DONE]\n\n',
    'data: {"n":6,"choices":[]}\n\n',
  );

export async function theRawBytesOfAnOddStreamArePassedOn({ client }) {
  const text = await (await client.chat.completions.create(question).asResponse()).text();
  assert.ok(text.startsWith(': keep-alive'));
  return text;
}
theRawBytesOfAnOddStreamArePassedOn.ownResponse = true;
theRawBytesOfAnOddStreamArePassedOn.reply = () =>
  sse(': keep-alive\n\nid: 7\nretry: 10\ndata: {"n":1}\n\n\ndata: [DONE]\n\n');

export async function aStreamWithoutItsLastLineEndsQuietly({ client }) {
  const { items, error } = await drain(await client.chat.completions.create(question));
  assert.equal(items.length, 1);
  return { items, error };
}
aStreamWithoutItsLastLineEndsQuietly.reply = () => sse('data: {"choices":[]}\n\n');

export async function anEmptyStreamAndAnEmptyBodyHaveNoChunks({ client }) {
  const done = await drain(await client.chat.completions.create(question));
  const empty = await drain(await client.chat.completions.create(question));
  assert.deepEqual([done.items.length, empty.items.length], [0, 0]);
  return [done, empty];
}
anEmptyStreamAndAnEmptyBodyHaveNoChunks.reply = (_, turn) => sse(turn === 0 ? 'data: [DONE]\n\n' : '');

export async function anAnswerThatIsNoStreamIsWhatTheSdkMakesOfIt({ client }) {
  return drain(await client.chat.completions.create(question));
}
anAnswerThatIsNoStreamIsWhatTheSdkMakesOfIt.reply = () => ({ raw: '{"id":"chatcmpl-1","choices":[]}' });

export async function threeStreamsAtOnceKeepApart({ client }) {
  const streams = await Promise.all(
    ['a', 'b', 'c'].map((user) => client.chat.completions.create({ ...question, user })),
  );
  const texts = (await Promise.all(streams.map(drain))).map(({ items }) => textOf(items));
  assert.deepEqual(texts, ['for a', 'for b', 'for c']);
  return texts;
}
threeStreamsAtOnceKeepApart.reply = ({ body }) => ({ text: `for ${body.user}`, ids: (prefix) => `${prefix}-x` });
threeStreamsAtOnceKeepApart.unordered = true;

export async function aLongStreamKeepsEveryChunkInOrder({ client }) {
  const { items } = await drain(await client.chat.completions.create(question));
  const words = items.map((chunk) => chunk.choices[0].delta.content).filter(Boolean);
  assert.deepEqual(
    words,
    Array.from({ length: 5_000 }, (_, index) => `word${index} `),
  );
  return words.length;
}
aLongStreamKeepsEveryChunkInOrder.reply = () => ({
  chunks: Array.from({ length: 5_000 }, (_, index) => `word${index} `),
});

export async function aStreamThatNobodyReadsCanBeLeft({ client, outcomes }) {
  const stream = await client.chat.completions.create(question);
  stream.controller.abort();
  assert.deepEqual(await outcomes(), ['aborted']);
  return stream.controller.signal.aborted;
}
aStreamThatNobodyReadsCanBeLeft.reply = heldAfterTwo;

export async function textBeyondAsciiSurvivesWhateverTheSocketCuts({ client }) {
  const { items } = await drain(await client.chat.completions.create(question));
  assert.equal(textOf(items), 'Grüße 🙂日本語\u2028ende');
  return items;
}
textBeyondAsciiSurvivesWhateverTheSocketCuts.reply = () => ({
  chunks: ['Grü', 'ße 🙂', '日本語\u2028ende'],
  chunkDelay: 1,
});

/** Far more than the buffers between the server and a reader hold. */
const tooMuch = () => ({ chunks: Array.from({ length: 3_000 }, () => 'x'.repeat(10_000)) });

async function untilItStops(chunksSent) {
  let last = -1;
  for (;;) {
    const [sent] = await chunksSent();
    if (sent === last) return sent;
    last = sent;
    await new Promise((resolve) => setTimeout(resolve, 150));
  }
}

export async function theServerIsHeldBackWhileNobodyReadsTheStream({ client, chunksSent, outcomes }) {
  const stream = await client.chat.completions.create(question);
  const iterator = stream[Symbol.asyncIterator]();
  await iterator.next();
  const sent = await untilItStops(chunksSent);
  assert.ok(sent < 3_000, `${sent} chunks were sent`);
  await iterator.return();
  return outcomes();
}
theServerIsHeldBackWhileNobodyReadsTheStream.reply = tooMuch;

export async function theServerIsHeldBackWhileNobodyReadsTheRawBody({ client, chunksSent, outcomes }) {
  const response = await client.chat.completions.create(question).asResponse();
  const sent = await untilItStops(chunksSent);
  assert.ok(sent < 3_000, `${sent} chunks were sent`);
  await response.body.cancel();
  return outcomes();
}
theServerIsHeldBackWhileNobodyReadsTheRawBody.reply = tooMuch;
