// SPDX-License-Identifier: Apache-2.0

// An agent that streams, with tools that the SDK calls: one is an agent itself, one fails, one is rejected: `structure-app.mjs <url> <format>`.
import { flow } from '@flow/register/api';
import { load } from './load.mjs';
import { makeTool } from './tools.mjs';

const [url, format] = process.argv.slice(2);
const { GoogleGenAI } = await load(format);
const ai = new GoogleGenAI({ apiKey: 'k', httpOptions: { baseUrl: url } });
const model = 'gemini-3-flash';
flow.tool.addConditionalExecution('no payments', ({ name }) => (name === 'pay' ? 'ask a person' : undefined));

const weather = makeTool(['get_weather'], []);
const forecaster = {
  ...makeTool(['ask_forecaster'], []),
  callTool: ([{ id, name, args }]) =>
    flow.scope.run('forecaster', { type: 'agent' }, async () => {
      const config = { systemInstruction: 'forecaster', tools: [weather] };
      const { text } = await ai.models.generateContent({ model, contents: args.city, config });
      return [{ functionResponse: { id, name, response: { output: text } } }];
    }),
};
const table = makeTool(['book_table', 'pay'], [], ({ name }) =>
  name === 'pay' ? { output: 'paid' } : { error: 'no table is free' },
);

const texts = await flow.scope.run('concierge', { type: 'agent', metadata: { session_id: 'session-1' } }, async () => {
  const chat = ai.chats.create({ model, config: { systemInstruction: 'concierge', tools: [forecaster, table] } });
  const parts = [];
  for await (const { text } of await chat.sendMessageStream({ message: 'An evening in Paris' }))
    if (text) parts.push(text);
  return parts;
});
await ai.models.embedContent({ model: 'gemini-embedding-001', contents: ['a', 'b'] });
const vertex = new GoogleGenAI({ vertexai: true, apiKey: 'k', httpOptions: { baseUrl: url } });
await vertex.models.generateContent({ model, contents: 'Hello', config: { temperature: 0.5, maxOutputTokens: 9 } });
console.log(texts.join(''));
