// SPDX-License-Identifier: Apache-2.0

import assert from 'node:assert/strict';

import { describe, errorOf } from '../observe.mjs';

const messages = [{ role: 'user', content: 'How is Oslo?' }];
const twoCalls = {
  toolCalls: [
    { name: 'weather', arguments: { city: 'Oslo' } },
    { name: 'time', arguments: { city: 'Oslo' } },
  ],
};
const callsThenText = (_, turn) => (turn === 0 ? twoCalls : { text: 'Rain at noon.' });
const eventNames = [
  'connect',
  'chunk',
  'content',
  'message',
  'functionToolCall',
  'functionToolCallResult',
  'chatCompletion',
  'finalContent',
  'finalMessage',
  'finalChatCompletion',
  'finalFunctionToolCall',
  'finalFunctionToolCallResult',
  'totalUsage',
  'error',
  'abort',
  'end',
];

function record(runner) {
  const events = [];
  for (const name of eventNames) runner.on(name, (...args) => events.push([name, ...args.map((arg) => describe(arg))]));
  return events;
}

function tool(name, fn, more = {}) {
  const parameters = { type: 'object', properties: { city: { type: 'string' } } };
  return {
    type: 'function',
    function: { name, description: `The ${name}`, parameters, parse: JSON.parse, function: fn, ...more },
  };
}

async function finals(runner) {
  return {
    content: await runner.finalContent(),
    message: await runner.finalMessage(),
    completion: await runner.finalChatCompletion(),
    call: await (runner.finalFunctionToolCall ?? runner.finalFunctionCall).call(runner),
    result: await (runner.finalFunctionToolCallResult ?? runner.finalFunctionCallResult).call(runner),
    usage: await runner.totalUsage(),
    messages: runner.messages,
    all: runner.allChatCompletions(),
  };
}

function twoTools(log) {
  return [
    tool('weather', async (args, runner) => {
      log.push(['weather', args, runner.constructor.name]);
      return { sky: 'rain' };
    }),
    tool('time', (args, runner) => {
      log.push(['time', args, runner.constructor.name]);
      return 'noon';
    }),
  ];
}

export async function twoToolsAreCalledAndTheirResultsSent({ client }) {
  const log = [];
  const runner = client.chat.completions.runTools({ model: 'gpt-4o', messages, tools: twoTools(log) });
  const events = record(runner);
  const ends = await finals(runner);
  assert.equal(ends.content, 'Rain at noon.');
  assert.equal(log.length, 2);
  return { class: runner.constructor.name, log, events, ends };
}
twoToolsAreCalledAndTheirResultsSent.reply = callsThenText;

export async function twoToolsAreCalledAndTheirResultsSentWhileStreaming({ client }) {
  const log = [];
  const runner = client.chat.completions.runTools({ model: 'gpt-4o', messages, stream: true, tools: twoTools(log) });
  const events = record(runner);
  const ends = await finals(runner);
  assert.equal(ends.content, 'Rain at noon.');
  assert.equal(log.length, 2);
  return { class: runner.constructor.name, log, events, ends };
}
twoToolsAreCalledAndTheirResultsSentWhileStreaming.reply = callsThenText;

export async function aStreamingRunnerCanBeIterated({ client }) {
  const runner = client.chat.completions.runTools({ model: 'gpt-4o', messages, stream: true, tools: twoTools([]) });
  const chunks = [];
  for await (const chunk of runner) chunks.push(chunk);
  assert.equal(chunks.at(-1).choices[0].finish_reason, 'stop');
  return chunks;
}
aStreamingRunnerCanBeIterated.reply = callsThenText;

async function oneToolThrows(client, stream) {
  const mine = new TypeError('no weather today');
  const log = [];
  const throwing = () => {
    throw mine;
  };
  const slow = async () => {
    await new Promise((resolve) => setImmediate(resolve));
    log.push('the other one finished');
    return 'noon';
  };
  const tools = [tool('weather', throwing), tool('time', slow)];
  const runner = client.chat.completions.runTools({ model: 'gpt-4o', messages, stream, tools });
  const events = record(runner);
  const error = await errorOf(runner.done());
  assert.deepEqual(log, ['the other one finished']);
  return { error, identical: error === mine || error.cause === mine, events, log };
}

export async function aToolThatThrowsEndsTheRun({ client }) {
  return oneToolThrows(client, false);
}
aToolThatThrowsEndsTheRun.reply = callsThenText;

export async function aToolThatThrowsEndsTheRunWhileStreaming({ client }) {
  return oneToolThrows(client, true);
}
aToolThatThrowsEndsTheRunWhileStreaming.reply = callsThenText;

export async function argumentsThatDoNotParseAndUnknownToolsAreToldToTheModel({ client }) {
  const runner = client.chat.completions.runTools({
    model: 'gpt-4o',
    messages,
    tools: [tool('weather', () => 'never')],
  });
  const content = await runner.finalContent();
  assert.equal(content, 'I see.');
  return runner.messages;
}
argumentsThatDoNotParseAndUnknownToolsAreToldToTheModel.reply = (_, turn) =>
  turn === 0
    ? {
        toolCalls: [
          { name: 'weather', arguments: '{"city":' },
          { name: 'unknown', arguments: {} },
        ],
      }
    : { text: 'I see.' };

export async function toolsWithoutAParserGetTheText({ client }) {
  const seen = [];
  const fn = function named(...args) {
    seen.push([args[0], args.length, this === undefined]);
    return `heard ${args[0]}`;
  };
  const plain = {
    type: 'function',
    function: { function: fn, description: 'd', parameters: { type: 'object', properties: {} } },
  };
  const runner = client.chat.completions.runTools({ model: 'gpt-4o', messages, tools: [plain] });
  assert.equal(await runner.finalContent(), 'Done.');
  return { seen, messages: runner.messages };
}
toolsWithoutAParserGetTheText.reply = (_, turn) =>
  turn === 0 ? { toolCalls: [{ name: 'named', arguments: '{"raw":true}' }] } : { text: 'Done.' };

export async function frozenToolsWorkAndAreLeftAsTheyAre({ client }) {
  const calls = [];
  const make = (name) => {
    const made = tool(name, (args) => {
      calls.push([name, args]);
      return name;
    });
    Object.freeze(made.function);
    return Object.freeze(made);
  };
  const tools = Object.freeze([make('weather'), make('time')]);
  const request = Object.freeze({ model: 'gpt-4o', messages: Object.freeze(messages.map(Object.freeze)), tools });
  const runner = client.chat.completions.runTools(request);
  assert.equal(await runner.finalContent(), 'Rain at noon.');
  return { calls, keys: tools.map((entry) => [Reflect.ownKeys(entry), Reflect.ownKeys(entry.function)]).map(String) };
}
frozenToolsWorkAndAreLeftAsTheyAre.reply = callsThenText;

export async function toolFunctionsAreNotReplacedOnTheCallersObjects({ client }) {
  const fn = () => 'rain';
  const parse = JSON.parse;
  const entry = tool('weather', fn, { parse });
  const other = tool('time', () => 'noon');
  const runner = client.chat.completions.runTools({ model: 'gpt-4o', messages, tools: [entry, other] });
  await runner.done();
  assert.equal(entry.function.function, fn);
  assert.equal(entry.function.parse, parse);
  return Reflect.ownKeys(entry.function);
}
toolFunctionsAreNotReplacedOnTheCallersObjects.reply = callsThenText;

export async function zodToolsParseTheirArguments({ client, zodHelpers }) {
  const { z } = await import('zod');
  const seen = [];
  const zodTool = (name) =>
    zodHelpers.zodFunction({
      name,
      parameters: z.object({ city: z.string() }),
      function: (args) => {
        seen.push([name, args]);
        return name;
      },
    });
  const tools = [zodTool('weather'), zodTool('time')];
  const runner = client.chat.completions.runTools({ model: 'gpt-4o', messages, tools });
  assert.equal(await runner.finalContent(), 'Rain at noon.');
  return { seen, messages: runner.messages };
}
zodToolsParseTheirArguments.reply = callsThenText;

export async function toolResultsOfEveryKindAreSentAsTheSdkDoes({ client }) {
  const results = [{ a: 1 }, ['x'], 'text', 7, true, null, undefined];
  const tools = results.map((result, index) => tool(`t${index}`, async () => result));
  const runner = client.chat.completions.runTools({ model: 'gpt-4o', messages, tools });
  assert.equal(await runner.finalContent(), 'Thanks.');
  return runner.messages;
}
toolResultsOfEveryKindAreSentAsTheSdkDoes.reply = (_, turn) =>
  turn === 0
    ? { toolCalls: Array.from({ length: 7 }, (_unused, index) => ({ name: `t${index}`, arguments: {} })) }
    : { text: 'Thanks.' };

export async function aForcedToolEndsTheRunAfterItsCall({ client }) {
  const runner = client.chat.completions.runTools({
    model: 'gpt-4o',
    messages,
    tools: twoTools([]),
    tool_choice: { type: 'function', function: { name: 'weather' } },
  });
  await runner.done();
  assert.equal(runner.messages.at(-1).role, 'tool');
  return runner.messages;
}
aForcedToolEndsTheRunAfterItsCall.reply = () => ({ toolCalls: [{ name: 'weather', arguments: { city: 'Oslo' } }] });

export async function theRunStopsAfterTheAllowedNumberOfCompletions({ client }) {
  const options = { maxChatCompletions: 2 };
  const runner = client.chat.completions.runTools({ model: 'gpt-4o', messages, tools: twoTools([]) }, options);
  await runner.done();
  return { messages: runner.messages, error: describe(await runner.finalContent().catch((error) => error)) };
}
theRunStopsAfterTheAllowedNumberOfCompletions.reply = () => twoCalls;

export async function aToolThatAbortsTheRunEndsItWithAnAbortError({ client, openai }) {
  const aborting = (_, runner) => {
    runner.abort();
    return 'aborted';
  };
  const tools = [tool('weather', aborting), tool('time', () => 'noon')];
  const runner = client.chat.completions.runTools({ model: 'gpt-4o', messages, tools });
  const events = record(runner);
  const error = await errorOf(runner.done());
  assert.ok(error instanceof openai.APIUserAbortError);
  return { error, events };
}
aToolThatAbortsTheRunEndsItWithAnAbortError.reply = callsThenText;

export async function theCallersSignalEndsTheRun({ client, arrived, outcomes }) {
  const leave = new AbortController();
  const request = { model: 'gpt-4o', messages, tools: twoTools([]) };
  const runner = client.chat.completions.runTools(request, { signal: leave.signal });
  const failed = errorOf(runner.done());
  await arrived(2);
  leave.abort();
  const error = await failed;
  assert.deepEqual(await outcomes(), ['finished', 'aborted']);
  return { error, messages: runner.messages };
}
theCallersSignalEndsTheRun.reply = (_, turn) => (turn === 0 ? twoCalls : { hang: true });

export async function anApiErrorInTheSecondTurnEndsTheRun({ client, openai }) {
  const runner = client.chat.completions.runTools({ model: 'gpt-4o', messages, tools: twoTools([]) });
  const events = record(runner);
  const error = await errorOf(runner.done());
  assert.ok(error instanceof openai.BadRequestError);
  return { error, events };
}
anApiErrorInTheSecondTurnEndsTheRun.reply = (_, turn) =>
  turn === 0 ? twoCalls : { status: 400, error: { message: 'Bad history.', param: 'messages' } };

export async function aRequestWithoutARunnableFunctionIsRefused({ client }) {
  const odd = { type: 'function', function: { name: 'weather' } };
  return describe(
    await client.chat.completions
      .runTools({ model: 'gpt-4o', messages, tools: [odd] })
      .done()
      .catch((error) => error),
  );
}
