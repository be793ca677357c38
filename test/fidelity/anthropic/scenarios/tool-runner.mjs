// SPDX-License-Identifier: Apache-2.0

import assert from 'node:assert/strict';

import { className, describe, drain, errorOf } from '../../observe.mjs';

const since = '0.99';
const question = { model: 'claude-opus-4-6', max_tokens: 64, messages: [{ role: 'user', content: 'Weather?' }] };

function makeTool(name, run, more) {
  return {
    type: 'custom',
    name,
    description: name,
    input_schema: { type: 'object' },
    run,
    parse: (input) => input,
    ...more,
  };
}

/** Calls the tools of the request once, then says what they returned. */
function agent({ body }) {
  const results = body.messages.at(-1).content;
  if (Array.isArray(results) && results[0]?.type === 'tool_result')
    return { text: results.map(({ content, is_error: failed }) => `${failed ? 'failed: ' : ''}${content}`).join('; ') };
  return { toolCalls: body.tools.map(({ name }) => ({ name, arguments: { city: 'Oslo' } })) };
}

function scenario(fn) {
  return Object.assign(fn, { since, reply: agent });
}

export const itsToolsAreCalledAndTheirResultsSent = scenario(async function tools({ client }) {
  const contexts = [];
  const run = (input, context) => {
    contexts.push([input, Object.keys(context ?? {}).toSorted(), context?.toolUse?.id]);
    return `sunny in ${input.city}`;
  };
  const runner = client.beta.messages.toolRunner({ ...question, tools: [makeTool('weather', run)] });
  const shape = { class: className(runner), own: Object.keys(runner).filter((key) => key !== 'client') };
  const final = await runner;
  assert.equal(final.content[0].text, 'sunny in Oslo');
  return { final, contexts, shape, messages: runner.params.messages, keys: runner.params.tools.map(Object.keys) };
});

export const itsTurnsCanBeIterated = scenario(async function turns({ client }) {
  const tools = [makeTool('one', () => 'first'), makeTool('two', async () => [{ type: 'text', text: 'second' }])];
  const runner = client.beta.messages.toolRunner({ ...question, tools });
  const { items } = await drain(runner);
  return { items, done: (await runner.done()) === items.at(-1), again: String(await errorOf(drainAll(runner))) };
});

async function drainAll(source) {
  const { error } = await drain(source);
  if (error) throw error;
}

export const itStreamsTheSameWay = scenario(async function streams({ client }) {
  const runner = client.beta.messages.toolRunner({
    ...question,
    stream: true,
    tools: [makeTool('weather', () => 'sunny')],
  });
  const turns = [];
  for await (const stream of runner) {
    const { items } = await drain(stream);
    turns.push([className(stream), items.map(({ type }) => type)]);
  }
  return { turns, final: await runner.done() };
});

export const aToolThatThrowsIsToldToTheModel = scenario(async function throws({ client }) {
  const fails = () => {
    throw new RangeError('no such city');
  };
  const final = await client.beta.messages.toolRunner({ ...question, tools: [makeTool('weather', fails)] });
  assert.equal(final.content[0].text, 'failed: Error: no such city');
  return final;
});

export const frozenToolsAndInstancesWithPrivateMembersRun = scenario(async function instances({ client }) {
  class Weather {
    #answer = 'cloudy';
    type = 'custom';
    name = 'weather';
    description = 'd';
    input_schema = { type: 'object' };
    parse(input) {
      return { ...input, by: this.#answer };
    }
    run({ city, by }) {
      return `${this.#answer} in ${city}, ${by}`;
    }
  }
  const tool = new Weather();
  const frozen = Object.freeze(makeTool('frozen', () => 'cold'));
  const tools = Object.freeze([tool, frozen]);
  const before = [Reflect.ownKeys(tool), Reflect.ownKeys(frozen)];
  const final = await client.beta.messages.toolRunner(Object.freeze({ ...question, tools }));
  assert.equal(final.content[0].text, 'cloudy in Oslo, cloudy; cold');
  assert.deepEqual([Reflect.ownKeys(tool), Reflect.ownKeys(frozen)], before);
  return { final, run: tool.run === Weather.prototype.run };
});

export const theToolsOfTheHelperForZodRun = scenario(async function zod({ client, load }) {
  const { betaZodTool } = await load('helpers/beta/zod');
  const { z } = await import('zod');
  const tool = betaZodTool({
    name: 'weather',
    description: 'd',
    inputSchema: z.object({ city: z.string() }),
    run: ({ city }) => `rain in ${city}`,
  });
  return client.beta.messages.toolRunner({ ...question, tools: [tool] });
});

// Loading zod takes as long as all the others; the helper is the same in each version.
theToolsOfTheHelperForZodRun.since = '1';

export const aToolThatTheModelInventsIsNotFound = scenario(async function invents({ client }) {
  return client.beta.messages.toolRunner({ ...question, tools: [makeTool('weather', () => 'sunny')] });
});
aToolThatTheModelInventsIsNotFound.reply = (_, turn) =>
  turn === 0 ? { toolCalls: [{ name: 'other', arguments: {} }] } : { text: 'Sorry.' };

export const theToolResponseCanBeAskedFor = scenario(async function response({ client }) {
  let calls = 0;
  const runner = client.beta.messages.toolRunner({
    ...question,
    tools: [makeTool('weather', () => `call ${(calls += 1)}`)],
  });
  const responses = [];
  for await (const message of runner) responses.push([message.stop_reason, await runner.generateToolResponse()]);
  return { responses, calls };
});

export const paramsCanBeChangedOnTheWay = scenario(async function changes({ client }) {
  const runner = client.beta.messages.toolRunner({ ...question, tools: [makeTool('weather', () => 'sunny')] });
  let turn = 0;
  for await (const message of runner) {
    turn += 1;
    if (turn !== 1) continue;
    assert.equal(message.stop_reason, 'tool_use');
    const again = { role: 'user', content: 'Again?' };
    runner.setMessagesParams((params) => ({ ...params, max_tokens: 32, messages: [...params.messages, again] }));
  }
  return { turn, messages: runner.params.messages, max: runner.params.max_tokens };
});

export const breakingOutEndsTheLoop = scenario(async function breaks({ client, requests }) {
  const runner = client.beta.messages.toolRunner({ ...question, tools: [makeTool('weather', () => 'sunny')] });
  for await (const message of runner) if (message) break;
  return (await requests()).length;
});

export const aNumberOfTurnsCanBeSet = scenario(async function limited({ client }) {
  const runner = client.beta.messages.toolRunner({
    ...question,
    max_iterations: 2,
    tools: [makeTool('weather', () => 'sunny')],
  });
  return describe(await runner.runUntilDone());
});
aNumberOfTurnsCanBeSet.reply = () => ({ toolCalls: [{ name: 'weather', arguments: {} }] });

export const anErrorOfTheProviderEndsTheLoopAndItCanBeTriedAgain = scenario(async function errors({
  client,
  Anthropic,
}) {
  const runner = client.beta.messages.toolRunner({ ...question, tools: [makeTool('weather', () => 'sunny')] });
  const error = await errorOf(runner.runUntilDone());
  assert.ok(error instanceof Anthropic.RateLimitError);
  return { error, again: await runner.runUntilDone() };
});
anErrorOfTheProviderEndsTheLoopAndItCanBeTriedAgain.reply = (request, turn) =>
  turn === 0 ? { status: 429, error: {} } : agent(request);

export const toolsCanBeAddedOnTheWay = scenario(async function adds({ client }) {
  const runner = client.beta.messages.toolRunner({ ...question, tools: [makeTool('weather', () => 'sunny')] });
  runner.addTools(makeTool('late', ({ city }) => `late in ${city}`));
  return { final: await runner, messages: runner.params.messages };
});
toolsCanBeAddedOnTheWay.since = '1';
toolsCanBeAddedOnTheWay.reply = ({ body }, turn) =>
  turn === 0 ? { toolCalls: [{ name: 'late', arguments: { city: 'Oslo' } }] } : agent({ body });

export const toolsCanBeChangedOnTheWay = scenario(async function changes({ client }) {
  const tools = [makeTool('weather', () => 'sunny')];
  const runner = client.beta.messages.toolRunner({ ...question, thread: false, tools });
  runner.setMessagesParams({ ...runner.params, tools: [makeTool('other', () => 'rainy')] });
  return runner;
});
toolsCanBeChangedOnTheWay.since = '1';

export const aThreadHasALoopToo = scenario(async function thread({ client }) {
  const conversation = client.beta.messages.thread({ ...question, tools: [makeTool('weather', () => 'sunny')] });
  const first = await conversation.toolRunner().runUntilDone();
  return { first, messages: conversation.messages };
});
aThreadHasALoopToo.since = '1';

export const toolsStartWhileTheReplyStreams = scenario(async function eager({ client }) {
  const tools = [makeTool('one', () => 'first'), makeTool('two', () => 'second')];
  const runner = client.beta.messages.toolRunner({ ...question, stream: true, runToolsEagerly: true, tools });
  return runner.runUntilDone();
});
toolsStartWhileTheReplyStreams.since = '1';
