// SPDX-License-Identifier: Apache-2.0
import Anthropic from '@anthropic-ai/sdk';

const tool = {
  name: 'get_weather',
  description: 'Weather of a city',
  input_schema: { type: 'object', properties: { city: { type: 'string' } } },
  parse: (input) => input,
  run: ({ city }) => `sunny in ${city}`,
};
const messages = [{ role: 'user', content: 'What is the weather in Oslo?' }];
const client = new Anthropic();
const final = await client.beta.messages.toolRunner({
  model: 'claude-opus-4-6',
  max_tokens: 200,
  messages,
  tools: [tool],
});
console.log(final.content.at(-1).text);
