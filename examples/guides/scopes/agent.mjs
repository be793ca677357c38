// SPDX-License-Identifier: Apache-2.0
import { flow } from '@flow/register/api';
import './print-events.mjs';

const search = flow.tool.wrap('search', async ({ query }) => [`a page about ${query}`]);

const answer = await flow.scope.run('researcher', { type: 'agent', input: 'tides' }, async (scope) => {
  const pages = await Promise.all([search({ query: 'moon' }), search({ query: 'sun' })]);
  scope.mark('sources found', { data: { count: pages.length } });
  return flow.scope.run('summarize', () => `${pages.length} sources read`);
});
console.log(answer);
