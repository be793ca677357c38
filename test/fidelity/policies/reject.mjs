// SPDX-License-Identifier: Apache-2.0

import { flow } from '@flow/register/api';

import { seen } from './seen.mjs';

/** Opened by a scenario to let the guardrail that waits go on. */
export const gate = { entered: Promise.withResolvers(), open: Promise.withResolvers() };

const lastOf = (content) => content.messages?.at(-1);

flow.llm.addConditionalExecution(
  'no-blocked',
  async (call) => {
    const { content } = call.request;
    seen.push({ model: call.model, streaming: call.streaming, user: content.user });
    if (content.user === 'later') await new Promise((resolve) => setImmediate(resolve));
    if (content.user === 'waits') {
      gate.entered.resolve();
      await gate.open.promise;
    }
    if (content.user === 'blocked' || content.user === 'later') return 'not today';
    if (content.user === 'coded') return { reason: 'over budget', code: 'budget' };
    if (content.user === 'no-tool-results' && lastOf(content)?.role === 'tool') return 'no tool results';
    return undefined;
  },
  { priority: 10 },
);

flow.llm.addConditionalExecution('broken', (call) => {
  if (call.request.content.user === 'broken') throw new RangeError('the guardrail has a bug');
  return call.request.content.user === 'unclear' ? true : null;
});

flow.llm.addRequestIntercept('broken', (call) => {
  if (call.request.content.user === 'broken intercept') throw new RangeError('the intercept has a bug');
  return call.request.content.user === 'unclear intercept' ? 'what?' : undefined;
});
