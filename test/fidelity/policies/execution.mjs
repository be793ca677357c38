// SPDX-License-Identifier: Apache-2.0

import { flow } from '@flow/register/api';

import { seen } from './seen.mjs';

export const mine = new TypeError('the policy says no, in its own words');

const made = {
  'chat.completion': {
    id: 'made-1',
    object: 'chat.completion',
    created: 1,
    model: 'made',
    choices: [
      { index: 0, message: { role: 'assistant', content: '{"city":"Made"}', refusal: null }, finish_reason: 'stop' },
    ],
  },
  response: {
    id: 'made-2',
    object: 'response',
    output: [
      {
        id: 'm',
        type: 'message',
        role: 'assistant',
        content: [{ type: 'output_text', text: 'Made.', annotations: [] }],
      },
    ],
  },
  list: {
    object: 'list',
    data: [{ object: 'embedding', index: 0, embedding: [0.5, -0.25] }],
    model: 'made',
    usage: {},
  },
};

function makeFor({ content }) {
  if (content.messages) return made['chat.completion'];
  return content.model.startsWith('text-embedding') ? made.list : made.response;
}

const behaviours = {
  replace: (call) => makeFor(call.request),
  change: async (call, next) => ({ ...(await next()), changed: 'by policy' }),
  retry: (call, next) => Promise.resolve(next()).catch(() => next()),
  fallback: (call, next) =>
    Promise.resolve(next()).catch(() =>
      next({ ...call.request, content: { ...call.request.content, model: 'gpt-4o-mini' } }),
    ),
  twice: async (call, next) => {
    const [first, second] = await Promise.all([next(), next()]);
    seen.push(first, second);
    return second;
  },
  fail: () => {
    throw mine;
  },
  watch: async (call, next) => {
    try {
      return await next();
    } catch (error) {
      seen.push(error);
      throw error;
    }
  },
};

flow.llm.addExecutionIntercept('by-user', (call, next) =>
  (behaviours[call.request.content.user] ?? ((_, rest) => rest()))(call, next),
);
