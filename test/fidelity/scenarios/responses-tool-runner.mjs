// SPDX-License-Identifier: Apache-2.0

import assert from 'node:assert/strict';

import { drain, errorOf } from '../observe.mjs';

const request = { model: 'gpt-5', input: 'How is Oslo?' };
const parameters = {
  type: 'object',
  properties: { city: { type: 'string' } },
  required: ['city'],
  additionalProperties: false,
};
const callsThenText = (_, turn) =>
  turn === 0
    ? {
        toolCalls: [
          { name: 'weather', arguments: { city: 'Oslo' } },
          { name: 'time', arguments: { city: 'Oslo' } },
        ],
      }
    : { text: 'Rain at noon.' };

async function runnerWith(load, functions) {
  const { ResponsesToolRunner } = await load('helpers/responses-tool-runner');
  const entries = Object.entries(functions).map(([name, execute]) => ({
    tool: { type: 'function', name, parameters, strict: true },
    execute,
  }));
  return new ResponsesToolRunner({ functions: entries });
}

export async function itsToolsAreCalledAndTheirOutputsSent({ client, load }) {
  const log = [];
  const runner = await runnerWith(load, {
    weather: async (args) => `rain ${log.push(['weather', args])}`,
    time: (args) => `noon ${log.push(['time', args])}`,
  });
  const response = await runner.run(client, request);
  assert.equal(response.output_text, 'Rain at noon.');
  assert.equal(log.length, 2);
  return { response, log };
}
itsToolsAreCalledAndTheirOutputsSent.reply = callsThenText;

export async function itStreamsTheSameWay({ client, load }) {
  const events = [];
  const runner = await runnerWith(load, { weather: () => 'rain', time: () => 'noon' });
  const onEvent = (event) => events.push(event.type);
  const response = await runner.run(client, request, { stream: true, onEvent });
  assert.equal(response.output_text, 'Rain at noon.');
  assert.equal(events.filter((type) => type === 'response.completed').length, 2);
  return { response, events };
}
itStreamsTheSameWay.reply = callsThenText;

export async function itsTurnsCanBeIterated({ client, load }) {
  const runner = await runnerWith(load, { weather: () => 'rain', time: () => 'noon' });
  const { items } = await drain(runner.iterate(client, request));
  assert.equal(items.length, 2);
  return items.map(({ response }) => response);
}
itsTurnsCanBeIterated.reply = callsThenText;

export async function aToolThatThrowsEndsTheRun({ client, load }) {
  const runner = await runnerWith(load, {
    weather: () => {
      throw new Error('no weather today');
    },
    time: () => 'noon',
  });
  const error = await errorOf(runner.run(client, request));
  assert.equal(error.constructor.name, 'ResponsesToolRunnerError');
  return error;
}
aToolThatThrowsEndsTheRun.reply = callsThenText;
