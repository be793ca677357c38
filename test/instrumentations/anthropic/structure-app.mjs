// SPDX-License-Identifier: Apache-2.0

// An agent that streams, with tools that the SDK's loop calls: one is an agent itself, one fails, one is rejected: `structure-app.mjs <url> <format> [history]`.
// Version 1 has the provider keep the conversation of a loop, in a thread, unless it is told to send the whole of it.
import { createRequire } from 'node:module';
import { flow } from '@flow/register/api';

const [url, format, history] = process.argv.slice(2);
const sdk = '@anthropic-ai/sdk';
const { Anthropic } = format === 'cjs' ? createRequire(import.meta.url)(sdk) : await import(sdk);
const client = new Anthropic({ apiKey: 'k', baseURL: url });
const question = { model: 'claude-opus-4-6', max_tokens: 500 };
const loop = { ...question, ...(history === 'whole' && { thread: false }) };
flow.tool.addConditionalExecution('no payments', ({ name }) => (name === 'pay' ? 'ask a person' : undefined));

const makeTool = (name, run) => ({
  type: 'custom',
  name,
  description: name,
  input_schema: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] },
  parse: (input) => input,
  run,
});
const weather = makeTool('get_weather', ({ city }) => `sunny in ${city}`);
const forecaster = makeTool('ask_forecaster', ({ city }) =>
  flow.scope.run('forecaster', { type: 'agent' }, async () => {
    const messages = [{ role: 'user', content: city }];
    const final = await client.beta.messages.toolRunner({ ...loop, system: 'forecaster', messages, tools: [weather] });
    return final.content;
  }),
);
const museums = makeTool('list_museums', async () => [{ type: 'text', text: 'Louvre' }]);
const table = makeTool('book_table', () => {
  throw new RangeError('no table is free');
});
const pay = makeTool('pay', () => 'paid');

const texts = await flow.scope.run('concierge', { type: 'agent', metadata: { session_id: 'session-1' } }, async () => {
  const messages = [{ role: 'user', content: 'An evening in Paris' }];
  const tools = [forecaster, museums, table, pay];
  const parts = [];
  const runner = client.beta.messages.toolRunner({ ...loop, system: 'concierge', messages, tools, stream: true });
  for await (const stream of runner) for await (const { delta } of stream) if (delta?.text) parts.push(delta.text);
  return parts;
});
await client.messages.create({ ...question, temperature: 0.5, messages: [{ role: 'user', content: 'Hello' }] });
console.log(texts.join(''));
