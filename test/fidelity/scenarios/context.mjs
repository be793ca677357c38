// SPDX-License-Identifier: Apache-2.0

import assert from 'node:assert/strict';
import { AsyncLocalStorage } from 'node:async_hooks';

import { drain, errorOf } from '../observe.mjs';

const question = { model: 'gpt-4o', messages: [{ role: 'user', content: 'Hi' }] };
const parameters = { type: 'object', properties: {} };

export async function asyncLocalStorageIsKeptAcrossCallsAndCallbacks({ newClient }) {
  const storage = new AsyncLocalStorage();
  const seen = [];
  const note = (place) => seen.push([place, storage.getStore()]);
  await storage.run('mine', async () => {
    const client = newClient({
      fetch: async (...args) => {
        note('fetch');
        return fetch(...args);
      },
    });
    await client.chat.completions.create(question).then(() => note('then'));
    for await (const _chunk of await client.chat.completions.create({ ...question, stream: true })) note('chunk');
    const helper = client.chat.completions.stream(question);
    helper.on('content', () => note('content'));
    helper.on('end', () => note('end'));
    await helper.done();
    note('after');
  });
  note('outside');
  assert.deepEqual([...new Set(seen.slice(0, -1).map(([, store]) => store))], ['mine']);
  assert.equal(storage.getStore(), undefined);
  return seen;
}
asyncLocalStorageIsKeptAcrossCallsAndCallbacks.reply = () => ({ chunks: ['one ', 'two'], chunkDelay: 2 });

export async function toolsRunInTheContextOfTheRun({ client }) {
  const storage = new AsyncLocalStorage();
  const seen = [];
  const run = (name) =>
    storage.run(name, () =>
      client.chat.completions
        .runTools({
          model: 'gpt-4o',
          messages: question.messages,
          tools: [
            {
              type: 'function',
              function: {
                name: 'look',
                description: 'd',
                parameters,
                function: () => String(seen.push([name, storage.getStore()])),
              },
            },
          ],
        })
        .finalContent(),
    );
  await Promise.all([run('a'), run('b')]);
  assert.ok(seen.every(([name, store]) => name === store));
  return seen.toSorted();
}
toolsRunInTheContextOfTheRun.reply = ({ body }) =>
  body.messages.length === 1
    ? { toolCalls: [{ name: 'look', arguments: {}, id: 'call_x' }], ids: (prefix) => prefix }
    : { text: 'Done.', ids: (prefix) => prefix };
toolsRunInTheContextOfTheRun.unordered = true;

export async function aStreamReadElsewhereDoesNotCarryTheContextOfItsCall({ client }) {
  const storage = new AsyncLocalStorage();
  const stream = await storage.run('caller', async () => client.chat.completions.create({ ...question, stream: true }));
  const seen = [];
  await storage.run('reader', async () => {
    for await (const _chunk of stream) seen.push(storage.getStore());
  });
  assert.deepEqual([...new Set(seen)], ['reader']);
  return seen;
}

export async function createDoesNotThrowBeforeItReturnsItsPromise({ client, openai }) {
  const order = ['before'];
  const promise = client.chat.completions.create(question);
  order.push('created');
  assert.ok(promise instanceof openai.APIPromise);
  const failed = errorOf(promise).then(() => order.push('rejected'));
  order.push('subscribed');
  await failed;
  assert.deepEqual(order, ['before', 'created', 'subscribed', 'rejected']);
  return order;
}
createDoesNotThrowBeforeItReturnsItsPromise.reply = () => ({ status: 400, error: { message: 'Bad.' } });

export async function concurrentCallsFinishInTheOrderOfTheirAnswers({ client, release, arrived }) {
  const order = [];
  const calls = ['a', 'b', 'c'].map(async (user) => {
    await client.chat.completions.create({ ...question, user });
    order.push(user);
  });
  await arrived(3);
  for (const [index, user] of ['c', 'a', 'b'].entries()) {
    await release(user);
    await calls[{ a: 0, b: 1, c: 2 }[user]];
    assert.equal(order.length, index + 1);
  }
  assert.deepEqual(order, ['c', 'a', 'b']);
  return order;
}
concurrentCallsFinishInTheOrderOfTheirAnswers.reply = ({ body }, _, { until }) => ({
  text: body.user,
  ids: (prefix) => prefix,
  gate: () => until(body.user),
});
concurrentCallsFinishInTheOrderOfTheirAnswers.unordered = true;

export async function callsInsideToolsAndLoopsWork({ client }) {
  const texts = [];
  for await (const _chunk of await client.chat.completions.create({ ...question, stream: true })) {
    const inner = await client.chat.completions.create(question);
    texts.push(inner.choices[0].message.content);
  }
  assert.equal(texts.length, 5);
  return { texts, stream: await drain(await client.responses.create({ model: 'gpt-5', input: 'Hi', stream: true })) };
}
