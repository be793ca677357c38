// SPDX-License-Identifier: Apache-2.0
import { flow } from '@flow/register/api';

// Letters for root uuids, in order of appearance.
const roots = [];
flow.addSubscriber('print', ({ scope_category, data, metadata }) => {
  if (scope_category !== 'start') return;
  if (!roots.includes(metadata.root_uuid)) roots.push(metadata.root_uuid);
  const run = 'ABC'[roots.indexOf(metadata.root_uuid)];
  console.log(run, metadata['flow.run'], '|', data.content.messages.at(-1).content);
});

// A model that repeats; no scope, no trace and no id around its calls.
async function ask(messages) {
  const request = { content: { model: 'm', messages } };
  const { choices } = await flow.llm.execute({ name: 'my-provider', request }, async () => ({
    choices: [
      { message: { role: 'assistant', content: `I heard: ${messages.at(-1).content}` }, finish_reason: 'stop' },
    ],
  }));
  return choices[0].message;
}

async function converse(...turns) {
  const messages = [];
  for (const content of turns) {
    messages.push({ role: 'user', content });
    messages.push(await ask(messages));
  }
}

// Two conversations at once: each call finds its own by the history that it continues.
await Promise.all([converse('Hello', 'How are you?', 'Bye'), converse('Good evening', 'What time is it?')]);
