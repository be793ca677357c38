// SPDX-License-Identifier: Apache-2.0
import { flow } from '@flow/register/api';

const tokens = new Map();

async function answer(user) {
  return flow.scope.run('chat', { type: 'agent' }, async (scope) => {
    // Sees the events of this scope and of everything in it, until it ends.
    scope.addSubscriber('tokens', (event) => {
      if (event.category !== 'llm' || event.scope_category !== 'end') return;
      tokens.set(user, (tokens.get(user) ?? 0) + event.data.usage.total_tokens);
    });
    const request = { content: { model: 'm', messages: [{ role: 'user', content: 'Hi' }] } };
    return flow.llm.execute({ name: 'my-provider', request }, async () => ({ usage: { total_tokens: user.length } }));
  });
}

await Promise.all([answer('ann'), answer('barbara')]);
await flow.flush();
console.log(Object.fromEntries(tokens));
