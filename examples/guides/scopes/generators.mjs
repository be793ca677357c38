// SPDX-License-Identifier: Apache-2.0
import { flow } from '@flow/register/api';

const names = new Map();
flow.addSubscriber('print', ({ scope_category, uuid, parent_uuid, name }) => {
  names.set(uuid, name);
  if (scope_category === 'start' && names.has(parent_uuid)) console.log(name, 'is part of', names.get(parent_uuid));
});

async function* pages() {
  for (const page of [1, 2]) yield flow.tool.execute({ name: `read page ${page}`, args: {} }, async () => page);
}

// The scope stays open until the generator is done, and each step runs inside it, whoever asks for the step.
const stream = flow.scope.run('reader', { type: 'retriever' }, () => pages());
await flow.scope.run('consumer', async () => {
  for await (const page of stream) console.log('got', page);
});
