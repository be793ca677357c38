// SPDX-License-Identifier: Apache-2.0
import OpenAI from 'openai';

const client = new OpenAI();
const messages = [];
for (const content of ['What is a tide?', 'And a spring tide?']) {
  messages.push({ role: 'user', content });
  const { choices } = await client.chat.completions.create({ model: 'gpt-5', messages });
  messages.push(choices[0].message);
}
