// SPDX-License-Identifier: Apache-2.0
import { GoogleGenAI } from '@google/genai';

const parametersJsonSchema = { type: 'object', properties: { city: { type: 'string' } } };
const weather = {
  tool: async () => ({ functionDeclarations: [{ name: 'get_weather', parametersJsonSchema }] }),
  callTool: async (calls) =>
    calls.map(({ id, name, args }) => ({
      functionResponse: { id, name, response: { output: `sunny in ${args.city}` } },
    })),
};
const { chats } = new GoogleGenAI({});
const chat = chats.create({ model: 'gemini-flash-latest', config: { tools: [weather] } });
console.log((await chat.sendMessage({ message: 'What is the weather in Oslo?' })).text);
