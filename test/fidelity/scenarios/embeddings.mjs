// SPDX-License-Identifier: Apache-2.0

import assert from 'node:assert/strict';

import { describe, errorOf } from '../observe.mjs';

const request = { model: 'text-embedding-3-small', input: ['one', 'two'], dimensions: 4 };

export async function numbersAreDecodedFromBase64WhenNoFormatIsAsked({ client, openai }) {
  const promise = client.embeddings.create(request);
  assert.ok(promise instanceof openai.APIPromise);
  const list = await promise;
  assert.ok(Array.isArray(list.data[0].embedding));
  assert.equal(list.data[0].embedding.length, 4);
  return { list, id: list._request_id };
}

export async function floatsComeAsTheServerSentThem({ client }) {
  const list = await client.embeddings.create({ ...request, encoding_format: 'float' });
  assert.deepEqual(list.data[0].embedding, [0.25, -1.5, 1e-7, 3]);
  return list;
}
floatsComeAsTheServerSentThem.reply = () => ({ vectors: [[0.25, -1.5, 1e-7, 3]] });

export async function base64StaysTextWhenItIsAsked({ client }) {
  const list = await client.embeddings.create({ ...request, encoding_format: 'base64' });
  assert.equal(typeof list.data[0].embedding, 'string');
  return list;
}

export async function withResponseAndAsResponseWork({ client }) {
  const { data, response, request_id } = await client.embeddings.create(request).withResponse();
  const raw = await client.embeddings.create(request).asResponse();
  const before = describe(raw);
  const body = await raw.json();
  assert.equal(typeof body.data[0].embedding, 'string');
  return { data, response, request_id, before, body };
}

export async function tokensAndSingleTextsAreAccepted({ client }) {
  const lists = [];
  for (const input of ['alone', [1, 2, 3], [[1], [2]], ''])
    lists.push(await client.embeddings.create({ ...request, input }));
  assert.deepEqual(
    lists.map(({ data }) => data.length),
    [1, 1, 2, 1],
  );
  return lists;
}

export async function aFrozenRequestIsAccepted({ client }) {
  const frozen = Object.freeze({ ...request, input: Object.freeze(['one']) });
  const list = await client.embeddings.create(frozen);
  assert.equal(list.data.length, 1);
  return Reflect.ownKeys(frozen);
}

export async function anErrorHasItsClass({ client, openai }) {
  const error = await errorOf(client.embeddings.create(request));
  assert.ok(error instanceof openai.RateLimitError);
  return error;
}
anErrorHasItsClass.reply = () => ({
  status: 429,
  error: { message: 'Slow down.', code: 'rate_limit_exceeded', type: 'requests' },
});
