// SPDX-License-Identifier: Apache-2.0

import { flow } from '@flow/register/api';

import { seen } from './seen.mjs';

flow.llm.addRequestIntercept(
  'cool',
  (call) => {
    const { headers, content } = call.request;
    seen.push({ user: content.user, frozen: Object.isFrozen(content) });
    const { 'x-secret': _, ...kept } = headers;
    return { headers: { ...kept, 'x-policy': 'on' }, content: { ...content, temperature: 0 } };
  },
  { priority: 10 },
);

flow.llm.addRequestIntercept(
  'late',
  async (call) => {
    const { headers, content } = call.request;
    if (content.user === 'other model') return { headers, content: { ...content, model: 'gpt-4o-mini' } };
    if (content.user === 'no messages')
      return { content: { ...content, messages: [{ role: 'user', content: 'Never mind.' }] } };
    if (content.user === 'only a header') return { headers: { ...headers, 'x-late': String(content.temperature) } };
    return undefined;
  },
  { priority: 20 },
);
