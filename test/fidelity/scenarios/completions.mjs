// SPDX-License-Identifier: Apache-2.0

import assert from 'node:assert/strict';

import { describe, drain, errorOf } from '../observe.mjs';

const request = { model: 'gpt-3.5-turbo-instruct', prompt: 'Once upon a time', max_tokens: 16 };
const textOf = (items) => items.map((chunk) => chunk.choices[0]?.text ?? '').join('');

export async function aPromptIsCompleted({ client, openai }) {
  const promise = client.completions.create(request);
  assert.ok(promise instanceof openai.APIPromise);
  const completion = await promise;
  assert.equal(completion.choices[0].text, 'Hello there, friend.');
  return { completion, id: completion._request_id };
}

export async function aStreamIsIteratedChunkByChunk({ client }) {
  const stream = await client.completions.create({ ...request, stream: true, stream_options: { include_usage: true } });
  assert.equal(stream.constructor.name, 'Stream');
  const { items } = await drain(stream);
  assert.equal(textOf(items), 'Hello there, friend.');
  return { items, own: Reflect.ownKeys(stream) };
}

export async function breakingOutAbortsTheRequest({ client, outcomes }) {
  const stream = await client.completions.create({ ...request, stream: true });
  const seen = [];
  for await (const chunk of stream) {
    seen.push(chunk.choices[0].text);
    if (seen.length === 2) break;
  }
  assert.deepEqual(await outcomes(), ['aborted']);
  return { seen, aborted: stream.controller.signal.aborted };
}
breakingOutAbortsTheRequest.reply = (_, __, { until }) => ({
  text: 'one two three',
  gate: (chunk) => (chunk === 2 ? until('rest') : undefined),
});

export async function severalPromptsAndTokensAreAccepted({ client }) {
  const answers = [];
  for (const prompt of [['one', 'two'], [1, 2, 3], [[1], [2]], ''])
    answers.push(await client.completions.create({ ...request, prompt, n: 2 }));
  assert.deepEqual(
    answers.map(({ choices }) => choices.length),
    [4, 2, 4, 2],
  );
  return answers;
}

export async function withResponseAndAsResponseWork({ client }) {
  const { data, response, request_id } = await client.completions.create(request).withResponse();
  const raw = await client.completions.create(request).asResponse();
  const before = describe(raw);
  const body = await raw.json();
  assert.equal(typeof body.choices[0].text, 'string');
  return { data, response, request_id, before, body };
}

export async function aFrozenRequestIsAccepted({ client }) {
  const frozen = Object.freeze({ ...request, prompt: Object.freeze(['one']) });
  const { choices } = await client.completions.create(frozen);
  assert.equal(choices.length, 1);
  return Reflect.ownKeys(frozen);
}

export async function anErrorHasItsClass({ client, openai }) {
  const error = await errorOf(client.completions.create(request));
  assert.ok(error instanceof openai.RateLimitError);
  return error;
}
anErrorHasItsClass.reply = () => ({
  status: 429,
  error: { message: 'Slow down.', code: 'rate_limit_exceeded', type: 'requests' },
});
