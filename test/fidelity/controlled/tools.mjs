// SPDX-License-Identifier: Apache-2.0

import assert from 'node:assert/strict';

import { GuardrailRejectedError, isFlowError } from '@flow/register/api';

import { errorOf } from '../observe.mjs';
import { seen, startWatching } from '../policies/seen.mjs';
import { mine } from '../policies/tools.mjs';

const messages = [{ role: 'user', content: 'Hi' }];
const parameters = { type: 'object', properties: { city: { type: 'string' } } };
const asks =
  (...names) =>
  ({ body }) =>
    body.messages.at(-1).role !== 'tool'
      ? { toolCalls: names.map((name) => ({ name, arguments: { city: 'Oslo' } })) }
      : { text: 'Done.' };

/** Runs the tools, streaming or not, and gives what they were called with and what the model was told. */
async function run(client, names, stream, fn = (args) => `result for ${args.city}`) {
  const calls = [];
  const tools = names.map((name) => ({
    type: 'function',
    function: {
      name,
      description: 'd',
      parameters,
      parse: JSON.parse,
      function: (args, ...rest) => {
        calls.push({ name, args, more: rest.length });
        return fn(args);
      },
    },
  }));
  const runner = client.chat.completions.runTools({ model: 'gpt-4o', messages, tools, stream });
  const error = await runner.done().then(
    () => undefined,
    (thrown) => thrown,
  );
  const told = runner.messages.filter(({ role }) => role === 'tool').map(({ content }) => content);
  return { calls, told, error, runner };
}

export async function argumentsAreRewrittenBeforeTheToolRuns({ client }) {
  for (const stream of [false, true]) {
    startWatching();
    const { calls, told, error } = await run(client, ['weather'], stream);
    assert.equal(error, undefined);
    assert.deepEqual(calls[0].args, { city: 'Oslo, Norway' });
    assert.ok(calls[0].more >= 1);
    assert.deepEqual(told, ['result for Oslo, Norway']);
    assert.deepEqual(seen, [{ kind: 'tool', name: 'weather', args: { city: 'Oslo' } }]);
  }
}
argumentsAreRewrittenBeforeTheToolRuns.reply = asks('weather');

export async function resultsAreChangedAndReplaced({ client }) {
  for (const stream of [false, true]) {
    const { calls, told } = await run(client, ['loud', 'cached', 'plain'], stream);
    assert.deepEqual(
      calls.map(({ name }) => name),
      ['loud', 'plain'],
    );
    assert.deepEqual(told, ['RESULT FOR OSLO', 'from the cache', 'result for Oslo']);
  }
}
resultsAreChangedAndReplaced.reply = asks('loud', 'cached', 'plain');

export async function aRejectedToolDoesNotRunAndTheRejectionCanBeFound({ client }) {
  for (const stream of [false, true]) {
    const { calls, error } = await run(client, ['delete', 'plain'], stream);
    // Since version 6 the loop runs what else the model asked for all the same.
    assert.ok(calls.every(({ name }) => name === 'plain'));
    const found = isFlowError(error);
    assert.ok(found instanceof GuardrailRejectedError);
    assert.equal(found.guardrail, 'no-deleting');
    assert.equal(found.reason, 'deleting is not allowed');
  }
}
aRejectedToolDoesNotRunAndTheRejectionCanBeFound.reply = asks('delete', 'plain');

export async function anErrorOfThePolicyEndsTheRunLikeOneOfTheTool({ client }) {
  const { calls, error } = await run(client, ['fails'], false);
  assert.deepEqual(calls, []);
  assert.equal(error.cause, mine);
  assert.equal(error.message, mine.message);
}
anErrorOfThePolicyEndsTheRunLikeOneOfTheTool.reply = asks('fails');

export async function anErrorOfTheToolPassesThroughThePolicy({ client }) {
  const own = new Error('the tool has a bug');
  const { error } = await run(client, ['loud'], false, () => Promise.reject(own));
  assert.equal(error.cause, own);
}
anErrorOfTheToolPassesThroughThePolicy.reply = asks('loud');

export async function aRunThatIsAbortedInAToolEndsAsAnAbort({ client, openai }) {
  const leave = new AbortController();
  const look = { name: 'plain', description: 'd', parameters, function: () => leave.abort() };
  const request = { model: 'gpt-4o', messages, tools: [{ type: 'function', function: look }] };
  const runner = client.chat.completions.runTools(request, { signal: leave.signal });
  assert.ok((await errorOf(runner.done())) instanceof openai.APIUserAbortError);
}
aRunThatIsAbortedInAToolEndsAsAnAbort.reply = asks('plain');
