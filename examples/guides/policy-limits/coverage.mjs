// SPDX-License-Identifier: Apache-2.0
import OpenAI from 'openai';
import { flow, isFlowError } from '@flow/register/api';
import { coverage } from '@flow/register/sdk';

for (const { name, patched, missing } of coverage())
  console.log(name, 'patched:', patched.join(', '), 'missing:', missing.length);

flow.llm.addConditionalExecution('no-models', () => 'no model calls today');

const client = new OpenAI();
const messages = [{ role: 'user', content: 'Hello' }];
// What goes through a seam is refused.
await client.chat.completions
  .create({ model: 'gpt-5', messages })
  .catch((error) => console.log(isFlowError(error).message));

// A request that the application makes itself crosses none.
const response = await fetch(`${client.baseURL}/chat/completions`, {
  method: 'POST',
  headers: { authorization: `Bearer ${client.apiKey}`, 'content-type': 'application/json' },
  body: JSON.stringify({ model: 'gpt-5', messages }),
});
console.log('fetch:', response.status);

// Wrapped, it is a model call like any other.
const request = { content: { model: 'gpt-5', messages } };
await flow.llm
  .execute({ name: 'my-provider', request }, ({ content }) => content)
  .catch((error) => console.log(isFlowError(error).message));
