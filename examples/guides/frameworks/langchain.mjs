// SPDX-License-Identifier: Apache-2.0
import { tool } from '@langchain/core/tools';
import { ChatOpenAI } from '@langchain/openai';
import { createAgent } from 'langchain';
import { z } from 'zod';

const model = new ChatOpenAI({ model: 'gpt-4o-mini' });
const schema = z.object({ city: z.string() });
const weather = tool(({ city }) => `sunny in ${city}`, { name: 'weather', description: 'The weather', schema });
const researcher = createAgent({ name: 'researcher', model, tools: [weather] });

const { messages } = await researcher.invoke({ messages: [{ role: 'user', content: 'What is the weather in Oslo?' }] });
console.log(messages.at(-1).content);
