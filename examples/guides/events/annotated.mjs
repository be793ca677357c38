// SPDX-License-Identifier: Apache-2.0
import { flow } from '@flow/register/api';

// Whatever the provider: the annotation is in the one form that all share.
flow.addSubscriber('bill', ({ scope_category, category_profile }) => {
  if (scope_category === 'end') console.log(category_profile.annotated_response);
});

const messages = [{ role: 'user', content: [{ type: 'text', text: 'Hello' }] }];
const request = { content: { model: 'claude', max_tokens: 100, system: 'Be brief.', messages } };
await flow.llm.execute({ name: 'anthropic', request }, async () => ({
  id: 'msg-1',
  type: 'message',
  role: 'assistant',
  model: 'claude',
  content: [{ type: 'text', text: 'Hello.' }],
  stop_reason: 'end_turn',
  usage: { input_tokens: 6, output_tokens: 2, cache_read_input_tokens: 4 },
}));
