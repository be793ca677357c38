// SPDX-License-Identifier: Apache-2.0

// An application that has its frameworks inside of its bundle, and the SDKs beneath them outside. Asks a model by each framework.
import { createOpenAI } from '@ai-sdk/openai';
import { ChatOpenAI } from '@langchain/openai';
import { Agent, run, setDefaultOpenAIClient, setOpenAIAPI, setTracingDisabled } from '@openai/agents';
import { generateText } from 'ai';
import { createServer } from 'node:http';
import { once } from 'node:events';
import OpenAI from 'openai';

const choices = [{ index: 0, message: { role: 'assistant', content: 'hi' }, finish_reason: 'stop' }];
const answer = { id: 'c', object: 'chat.completion', created: 1, model: 'm', choices, usage: {} };
const server = createServer((request, response) => {
  response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(answer));
}).listen(0, '127.0.0.1');
await once(server, 'listening');
const baseURL = `http://127.0.0.1:${server.address().port}/v1`;

setTracingDisabled(true);
setOpenAIAPI('chat_completions');
setDefaultOpenAIClient(new OpenAI({ apiKey: 'k', baseURL }));
const model = new ChatOpenAI({ model: 'm', apiKey: 'k', configuration: { baseURL } });
for (const ask of [
  async () => (await run(new Agent({ name: 'a', model: 'm' }), 'Hi')).finalOutput,
  async () => (await model.invoke('Hi')).content,
  async () => (await generateText({ model: createOpenAI({ apiKey: 'k', baseURL }).chat('m'), prompt: 'Hi' })).text,
])
  console.log(await ask().catch((error) => error.code ?? error.cause?.code ?? error));
server.close();
