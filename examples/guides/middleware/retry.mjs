// SPDX-License-Identifier: Apache-2.0
import { flow } from '@flow/register/api';

flow.llm.addExecutionIntercept('again-elsewhere', async (call, next) => {
  try {
    return await next();
  } catch {
    // Each further next() is an attempt with a scope and a usage of its own.
    return next({ content: { ...call.request.content, model: 'small' } });
  }
});

flow.addSubscriber('print', ({ scope_category, category_profile, metadata }) => {
  if (scope_category !== 'end') return;
  const attempt = metadata['flow.attempt'] ?? 1;
  console.log('attempt', attempt, category_profile.model_name, metadata['otel.status_code']);
});

const request = { content: { model: 'large', messages: [{ role: 'user', content: 'Hello' }] } };
const answer = await flow.llm.execute({ name: 'my-provider', request }, async ({ content }) => {
  if (content.model === 'large') throw new Error('overloaded');
  return { model: content.model, choices: [{ message: { role: 'assistant', content: 'Hi.' }, finish_reason: 'stop' }] };
});
console.log(answer.choices[0].message.content);
