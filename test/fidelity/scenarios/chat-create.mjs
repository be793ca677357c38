// SPDX-License-Identifier: Apache-2.0

import assert from 'node:assert/strict';

import { describe, drain, errorOf } from '../observe.mjs';

const question = { model: 'gpt-4o', messages: [{ role: 'user', content: 'Hi' }] };

export async function aPlainAwaitGivesTheCompletion({ client }) {
  const completion = await client.chat.completions.create(question);
  assert.equal(completion.choices[0].message.content, 'Hello there, friend.');
  return { completion, keys: Object.keys(completion), id: completion._request_id, own: Reflect.ownKeys(completion) };
}

export async function whatCreateReturnsIsAnAPIPromise({ client, openai }) {
  const promise = client.chat.completions.create(question);
  assert.ok(promise instanceof openai.APIPromise);
  assert.ok(promise instanceof Promise);
  const shape = {
    same: promise.constructor === openai.APIPromise,
    tag: String(promise),
    own: Reflect.ownKeys(promise),
  };
  await promise;
  return { ...shape, proto: Reflect.ownKeys(Object.getPrototypeOf(promise)) };
}

export async function withResponseGivesDataResponseAndRequestId({ client }) {
  const promise = client.chat.completions.create(question);
  const { data, response, request_id } = await promise.withResponse();
  assert.equal(request_id, 'req_1');
  return { data, response, request_id, id: data._request_id, again: (await promise) === data };
}

export async function awaitingTwiceGivesTheSameObjectAndOneRequest({ client }) {
  const promise = client.chat.completions.create(question);
  const [first, second] = [await promise, await promise];
  assert.equal(first, second);
  return { parsed: (await promise.parse()) === first, raw: await promise.asResponse() };
}

export async function thenCatchAndFinallyChainAsOnAnyPromise({ client }) {
  const order = [];
  const promise = client.chat.completions.create(question);
  const text = await promise
    .then((completion) => completion.choices[0].message.content)
    .catch(() => order.push('catch'))
    .finally(() => order.push('finally'));
  assert.equal(text, 'Hello there, friend.');
  const settled = await Promise.allSettled([promise, promise.finally(() => order.push('again'))]);
  return { order, settled: settled.map(({ status }) => status), chained: promise.then(() => 1) instanceof Promise };
}

export async function asResponseGivesTheRawResponseBeforeItsBodyIsRead({ client }) {
  const response = await client.chat.completions.create(question).asResponse();
  assert.ok(response instanceof Response);
  assert.equal(response.bodyUsed, false);
  const before = describe(response);
  const body = await response.json();
  assert.equal(body.choices[0].message.content, 'Hello there, friend.');
  return { before, body, after: response, class: response.constructor === Response, keys: Object.keys(response) };
}

export async function theTextOfARawResponseIsTheBytesOfTheServer({ client }) {
  const text = await client.chat.completions
    .create(question)
    .asResponse()
    .then((response) => response.text());
  assert.ok(text.startsWith('{\n  "id": "chatcmpl-1"'));
  return text;
}

export async function theBodyOfARawResponseCanBeReadAsAStream({ client }) {
  const response = await client.chat.completions.create(question).asResponse();
  const { items } = await drain(response.body);
  const text = Buffer.concat(items).toString();
  assert.equal(JSON.parse(text).id, 'chatcmpl-1');
  return { text, locked: response.body.locked, error: describe(await errorOf(response.text())) };
}
theBodyOfARawResponseCanBeReadAsAStream.ownResponse = true;

export async function aRawResponseCanBeClonedAndBothRead({ client }) {
  const response = await client.chat.completions.create(question).asResponse();
  const clone = response.clone();
  assert.deepEqual(await response.json(), await clone.json());
  return { clone: describe(clone), text: response.bodyUsed };
}
aRawResponseCanBeClonedAndBothRead.ownResponse = true;

export async function aRawResponseGivesBytesAndBlobs({ client }) {
  const ask = () => client.chat.completions.create(question).asResponse();
  const bytes = await (await ask()).arrayBuffer();
  const blob = await (await ask()).blob();
  assert.equal(blob.type, 'application/json');
  return { size: blob.size, same: bytes.byteLength === blob.size };
}

export async function parsingAfterTheRawBodyWasReadFails({ client }) {
  const promise = client.chat.completions.create(question);
  await (await promise.asResponse()).text();
  return errorOf(promise);
}
parsingAfterTheRawBodyWasReadFails.ownResponse = true;

export async function aRawResponseThatNobodyReadsIsLeftAlone({ client }) {
  const response = await client.chat.completions.create(question).asResponse();
  assert.equal(response.bodyUsed, false);
  return response;
}

export async function aCallThatIsNeverAwaitedStillReachesTheServer({ client, arrived }) {
  client.chat.completions.create(question);
  await arrived(1);
  return 'arrived';
}

export async function aRequestIsSentWhenCreateIsCalledNotWhenItIsAwaited({ client, arrived }) {
  const promise = client.chat.completions.create(question);
  await arrived(1);
  return (await promise).id;
}

export async function aFrozenRequestIsAcceptedAndLeftAsItIs({ client }) {
  const freeze = (value) => Object.freeze(Array.isArray(value) ? value.map(freeze) : value);
  const request = freeze({ ...question, messages: freeze(question.messages.map(Object.freeze)), stop: freeze(['x']) });
  const completion = await client.chat.completions.create(request);
  const options = Object.freeze({ headers: Object.freeze({ 'x-frozen': 'yes' }) });
  await client.chat.completions.create(request, options);
  assert.equal(completion.choices[0].finish_reason, 'stop');
  return { request, options };
}

export async function anUnfrozenRequestIsNotWrittenTo({ client }) {
  const request = { ...question, temperature: 0.5, metadata: { a: 'b' }, symbol: undefined };
  const options = { headers: { 'x-mine': '1' }, query: { q: 'v' } };
  const before = [JSON.stringify(request), JSON.stringify(options), Reflect.ownKeys(request), Reflect.ownKeys(options)];
  await client.chat.completions.create(request, options);
  assert.deepEqual(
    [JSON.stringify(request), JSON.stringify(options), Reflect.ownKeys(request), Reflect.ownKeys(options)],
    before,
  );
  return before.map(String);
}

export async function aRequestThatChangesAfterTheCallIsSentAsItWasOrAsTheSdkDoes({ client }) {
  const request = { ...question, messages: [...question.messages] };
  const promise = client.chat.completions.create(request);
  request.messages.push({ role: 'user', content: 'too late?' });
  await promise;
  return request.messages.length;
}

export async function requestsKeepTheirExactBytes({ client }) {
  const content = 'Grüße, 日本語, 🙂, \u2028, "quotes", \\, \u0000 and </script>';
  const odd = {
    model: 'gpt-4o',
    zebra: 1,
    messages: [{ role: 'user', content }],
    alpha: [1, 1e21, -0, null, 0.1],
    u: undefined,
  };
  await client.chat.completions.create(odd);
  await client.chat.completions.create({
    ...odd,
    at: new Date(0),
    toJSON: undefined,
    nested: { toJSON: () => 'made' },
  });
  return 'see what was sent';
}

export async function aRequestWithGettersIsReadAsTheSdkReadsIt({ client }) {
  const reads = [];
  const request = {
    get model() {
      reads.push('model');
      return 'gpt-4o';
    },
    messages: question.messages,
  };
  await client.chat.completions.create(request);
  assert.ok(reads.length > 0);
  return 'see what was sent';
}

export async function aLargeRequestAndAnswerArriveWhole({ client }) {
  const content = 'x'.repeat(1_000_000);
  const completion = await client.chat.completions.create({ ...question, messages: [{ role: 'user', content }] });
  assert.equal(completion.choices[0].message.content.length, 2_000_000);
  return completion.usage;
}
aLargeRequestAndAnswerArriveWhole.reply = () => ({ text: 'y'.repeat(2_000_000) });

export async function headersAndQueryOfTheCallAreSent({ client }) {
  const options = {
    headers: { 'x-mine': '1', 'X-Stainless-Lang': null, 'user-agent': 'mine' },
    query: { flag: true, list: ['a', 'b'] },
    idempotencyKey: 'key-1',
  };
  await client.chat.completions.create(question, options);
  await client.chat.completions.create(question, { headers: new Headers({ 'x-class': 'Headers' }) });
  await client.chat.completions.create(question, {
    headers: [
      ['x-list', 'a'],
      ['x-list', 'b'],
    ],
  });
  return 'see what was sent';
}

export async function severalChoicesToolCallsAndRefusalsComeThrough({ client }) {
  const two = await client.chat.completions.create({ ...question, n: 2 });
  assert.equal(two.choices.length, 2);
  const called = await client.chat.completions.create(question);
  assert.equal(called.choices[0].message.tool_calls.length, 2);
  const refused = await client.chat.completions.create(question);
  assert.equal(refused.choices[0].message.refusal, 'No.');
  return [two, called, refused];
}
severalChoicesToolCallsAndRefusalsComeThrough.reply = (_, turn) =>
  [
    { text: 'one of two' },
    {
      toolCalls: [
        { name: 'a', arguments: { city: 'Oslo' } },
        { name: 'b', arguments: 'not json' },
      ],
    },
    { refusal: 'No.' },
  ][turn];

export async function aGzippedAnswerIsReadAndStillSaysSo({ client }) {
  const { data, response } = await client.chat.completions.create(question).withResponse();
  assert.equal(response.headers.get('content-encoding'), 'gzip');
  return { data, response };
}
aGzippedAnswerIsReadAndStillSaysSo.reply = () => ({ text: 'small', compress: true });

export async function unknownFieldsOfAnAnswerAreKept({ client }) {
  const completion = await client.chat.completions.create(question);
  assert.equal(completion.x_new.deep, 1);
  return completion;
}
unknownFieldsOfAnAnswerAreKept.reply = () => ({ raw: '{"x_new":{"deep":1},"choices":[],"__proto__":{"a":1}}' });

export async function aMalformedBodyIsASyntaxError({ client }) {
  const error = await errorOf(client.chat.completions.create(question));
  assert.ok(error instanceof SyntaxError);
  return { error, raw: await (await client.chat.completions.create(question).asResponse()).text() };
}
aMalformedBodyIsASyntaxError.ownResponse = true;
aMalformedBodyIsASyntaxError.reply = () => ({ raw: '{"id": "chatcmpl-1", "choices": [' });

export async function emptyBodiesAndOtherContentTypesAreWhatTheSdkMakesOfThem({ client }) {
  const answers = [];
  for (let turn = 0; turn < 7; turn += 1) {
    const { data, response } = await client.chat.completions.create(question).withResponse();
    answers.push({ data: describe(data), response: describe(response) });
  }
  assert.deepEqual(
    answers.map(({ data }) => data),
    ['<undefined>', '<undefined>', null, 'plain text', [1, 2], 'a string', null],
  );
  return answers;
}
emptyBodiesAndOtherContentTypesAreWhatTheSdkMakesOfThem.reply = (_, turn) =>
  [
    { raw: '', headers: { 'content-length': '0' } },
    { raw: '' },
    { raw: '', status: 204 },
    { raw: 'plain text', headers: { 'content-type': 'text/plain' } },
    { raw: '[1,2]' },
    { raw: '"a string"' },
    { raw: 'null' },
  ][turn];

export async function manyCallsAtOnceEachGetTheirOwnAnswer({ client }) {
  const calls = Array.from({ length: 20 }, (_, index) =>
    client.chat.completions.create({ ...question, user: `user-${index}` }).withResponse(),
  );
  const texts = (await Promise.all(calls)).map(({ data }) => data.choices[0].message.content);
  assert.deepEqual(
    texts,
    Array.from({ length: 20 }, (_, index) => `for user-${index}`),
  );
  return texts;
}
manyCallsAtOnceEachGetTheirOwnAnswer.reply = ({ body }) => ({
  text: `for ${body.user}`,
  ids: (prefix) => `${prefix}-x`,
});
manyCallsAtOnceEachGetTheirOwnAnswer.unordered = true;

export async function aRedirectIsFollowedAndTheResponseSaysSo({ client }) {
  const { data, response } = await client.chat.completions.create(question).withResponse();
  assert.equal(response.redirected, true);
  assert.ok(response.url.endsWith('/moved/v1/chat/completions'));
  return { data, response };
}
aRedirectIsFollowedAndTheResponseSaysSo.reply = ({ path }, turn) =>
  turn === 0
    ? { status: 307, raw: '', headers: { location: path.replace('/v1/', '/moved/v1/') } }
    : { text: 'Here I am now.' };
