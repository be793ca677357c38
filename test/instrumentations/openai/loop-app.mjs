// SPDX-License-Identifier: Apache-2.0
// An agent as people write them: a while loop over chat completions that runs its own tools. LOOPS of them in parallel.
import OpenAI from 'openai';

const client = new OpenAI();
const tools = ['search', 'add', 'note'].map((name) => ({
  type: 'function',
  function: { name, parameters: { type: 'object', properties: {} } },
}));

async function loop(question) {
  const messages = [
    { role: 'system', content: 'You are a careful assistant.' },
    { role: 'user', content: question },
  ];
  for (;;) {
    const { choices } = await client.chat.completions.create({ model: 'gpt-test', messages, tools });
    const { message } = choices[0];
    messages.push(message);
    if (!message.tool_calls?.length) return message.content;
    for (const call of message.tool_calls)
      messages.push({ role: 'tool', tool_call_id: call.id, content: `${call.function.name} of ${question}: 42` });
  }
}

const count = Number(process.env.LOOPS ?? 1);
const same = process.env.SAME === '1';
const answers = await Promise.all(
  Array.from({ length: count }, (_, index) => loop(same ? 'the same' : `question ${index}`)),
);
console.log(JSON.stringify(answers));
