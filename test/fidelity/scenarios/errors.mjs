// SPDX-License-Identifier: Apache-2.0

import assert from 'node:assert/strict';
import { createServer } from 'node:net';

import { describe, errorOf } from '../observe.mjs';

const question = { model: 'gpt-4o', messages: [{ role: 'user', content: 'Hi' }] };

export async function everyStatusHasItsClassAndFields({ client, openai }) {
  const classes = {
    400: 'BadRequestError',
    401: 'AuthenticationError',
    403: 'PermissionDeniedError',
    404: 'NotFoundError',
    409: 'ConflictError',
    418: 'APIError',
    422: 'UnprocessableEntityError',
    429: 'RateLimitError',
    500: 'InternalServerError',
    503: 'InternalServerError',
  };
  const errors = {};
  for (const [user, name] of Object.entries(classes)) {
    const error = await errorOf(client.chat.completions.create({ ...question, user }));
    assert.equal(error.constructor, openai[name]);
    assert.equal(error.status, Number(user));
    assert.equal(error.code, `code_${user}`);
    errors[user] = { error, stack: error.stack.split('\n')[0], headers: error.headers };
  }
  return errors;
}
everyStatusHasItsClassAndFields.reply = ({ body }) => ({
  status: Number(body.user),
  error: { message: `Status ${body.user}.`, type: 'some_type', param: 'model', code: `code_${body.user}` },
});

export async function theSameErrorComesFromEveryWayToReadACall({ client }) {
  const ways = {
    await: (promise) => promise,
    withResponse: (promise) => promise.withResponse(),
    asResponse: (promise) => promise.asResponse(),
    catch: (promise) => promise.catch((error) => Promise.reject(error)),
    all: (promise) => Promise.all([promise, 1]),
    parse: (promise) => promise.parse(),
  };
  const errors = {};
  for (const [name, way] of Object.entries(ways))
    errors[name] = await errorOf(way(client.chat.completions.create(question)));
  const promise = client.chat.completions.create(question);
  const identical = (await errorOf(promise)) === (await errorOf(promise.asResponse()));
  assert.equal(identical, true);
  return { errors, identical };
}
theSameErrorComesFromEveryWayToReadACall.reply = () => ({ status: 400, error: { message: 'Bad.', param: 'x' } });

export async function aStreamThatIsRefusedRejectsTheCall({ client, openai }) {
  const error = await errorOf(client.chat.completions.create({ ...question, stream: true }));
  assert.ok(error instanceof openai.BadRequestError);
  return { error, response: await errorOf(client.responses.create({ model: 'gpt-5', input: '', stream: true })) };
}
aStreamThatIsRefusedRejectsTheCall.reply = () => ({ status: 400, error: { message: 'No streams.', param: 'stream' } });

export async function errorBodiesOfOtherShapesAreKept({ client }) {
  const errors = [];
  for (let turn = 0; turn < 6; turn += 1) errors.push(await errorOf(client.chat.completions.create(question)));
  assert.deepEqual(
    errors.map(({ status }) => status),
    [400, 502, 400, 400, 500, 400],
  );
  return errors;
}
errorBodiesOfOtherShapesAreKept.reply = (_, turn) =>
  [
    { status: 400, raw: '{"message":"no error object"}' },
    { status: 502, raw: '<html>Bad Gateway</html>', headers: { 'content-type': 'text/html' } },
    { status: 400, raw: '{"error":"a string"}' },
    { status: 400, raw: '{"error":{"message":{"nested":true},"code":7}}' },
    { status: 500, raw: '' },
    { status: 400, raw: '[1]' },
  ][turn];

export async function aRefusedConnectionIsAConnectionErrorWithItsCause({ newClient, openai }) {
  const port = await freePort();
  const client = newClient({ baseURL: `http://127.0.0.1:${port}/v1` });
  const error = await errorOf(client.chat.completions.create(question));
  assert.equal(error.constructor, openai.APIConnectionError);
  assert.equal(error.cause.cause.code, 'ECONNREFUSED');
  const cause = error.cause.cause;
  return {
    chain: [error, error.cause].map(({ name, message, constructor }) => [name, message, constructor.name]),
    code: cause.code,
  };
}

export async function aDroppedConnectionIsAConnectionError({ client, openai }) {
  const error = await errorOf(client.chat.completions.create(question));
  assert.equal(error.constructor, openai.APIConnectionError);
  const socketless = { ...describe(error.cause), fields: Object.keys(describe(error.cause).fields) };
  return { message: error.message, status: describe(error.status), cause: socketless, code: error.cause.cause?.code };
}
aDroppedConnectionIsAConnectionError.reply = () => ({ drop: true });

export async function aBodyThatBreaksOffIsTheErrorOfTheTransport({ client }) {
  const error = await errorOf(client.chat.completions.create(question));
  assert.equal(error.message, 'terminated');
  const raw = await client.chat.completions.create(question).asResponse();
  const late = await errorOf(raw.text());
  return {
    name: error.name,
    class: error.constructor.name,
    code: error.cause?.code,
    late: [late.name, late.message, late.cause?.code],
  };
}
aBodyThatBreaksOffIsTheErrorOfTheTransport.ownResponse = true;
aBodyThatBreaksOffIsTheErrorOfTheTransport.reply = () => ({ text: 'half', failAfterChunks: 0 });

export async function requestsThatTheSdkRefusesNeverReachTheServer({ client, newClient }) {
  const errors = [
    await errorOf(client.chat.completions.create({ ...question, messages: 1n })),
    await errorOf(client.chat.completions.create(circular())),
    await errorOf(
      newClient({ apiKey: async () => Promise.reject(new Error('no key today')) }).chat.completions.create(question),
    ),
  ];
  assert.equal(errors.length, 3);
  return errors.map((error) => [error.constructor.name, error.message.split('\n')[0]]);
}

export async function aClosedLoopOfErrorsDoesNotLeakIntoLaterCalls({ client }) {
  await errorOf(client.chat.completions.create(question));
  const completion = await client.chat.completions.create(question);
  assert.equal(completion.choices[0].message.content, 'Fine again.');
  return completion;
}
aClosedLoopOfErrorsDoesNotLeakIntoLaterCalls.reply = (_, turn) =>
  turn === 0 ? { status: 500, error: { message: 'Once.' } } : { text: 'Fine again.' };

export async function aRejectionThatNobodyHandlesIsReported({ client }) {
  const report = new Promise((resolve) => {
    process.once('unhandledRejection', resolve);
  });
  client.chat.completions.create(question);
  const reported = await report;
  assert.equal(reported.status, 400);
  return { reported };
}
aRejectionThatNobodyHandlesIsReported.reply = () => ({ status: 400, error: { message: 'Unseen.' } });

function circular() {
  const request = { ...question };
  request.self = request;
  return request;
}

function freePort() {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}
