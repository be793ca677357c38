// SPDX-License-Identifier: Apache-2.0
import { flow } from '@flow/register/api';

const search = flow.tool.wrap('search', async () => 'sunny');

await flow.scope.run('planner', { type: 'agent', metadata: { session_id: 's-1' } }, async (scope) => {
  await search({ query: 'weather' });
  const messages = [{ role: 'user', content: 'Plan my day.' }];
  const request = { content: { model: 'gpt-5', temperature: 0.2, messages } };
  await flow.llm.execute({ name: 'openai', request }, async () => ({
    id: 'r-1',
    model: 'gpt-5-2025-08-07',
    choices: [{ message: { role: 'assistant', content: 'Sleep in.' }, finish_reason: 'stop' }],
    usage: { prompt_tokens: 40, completion_tokens: 3, total_tokens: 43, prompt_tokens_details: { cached_tokens: 32 } },
  }));
  flow.scope.metric('plan measured', [{ name: 'plan.steps', kind: 'histogram', value: 1, unit: '{step}' }]);
  scope.mark('plan made', { data: { steps: 1 }, severity: 'warn', metadata: { tenant: 'a' } });
});
