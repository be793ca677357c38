// SPDX-License-Identifier: Apache-2.0
import { flow } from '@flow/register/api';

// What is recorded of every tool call. What the tool gets and returns stays as it is.
flow.tool.addSanitizeRequest('no-email', (args) => ({ ...args, email: '[removed]' }));
flow.tool.addSanitizeResponse('size-only', (result) => ({ length: result.length }));

// Added to the metadata of every event; never changes what is there.
flow.event.addMetadata('deployment', () => ({ 'deployment.ring': 'canary' }));

// The last word on marks: what is left out is cleared.
flow.event.addSanitizeMark('no-data', ({ metadata, category_profile }) => ({ metadata, category_profile }));

flow.addSubscriber('print', ({ scope_category, name, data, metadata }) =>
  console.log(scope_category ?? 'mark', name, JSON.stringify(data), metadata['deployment.ring']),
);

const send = flow.tool.wrap('send', async ({ email }) => {
  flow.scope.mark('sent', { data: { email } });
  return `sent to ${email}`;
});
console.log(await send({ email: 'ann@example.com' }));
