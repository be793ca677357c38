// SPDX-License-Identifier: Apache-2.0

import { flow } from '@flow/register/api';

/** What the policy of this process was asked; scenarios read it, and empty it when they begin. */
export const seen = [];
export const mine = new TypeError('the policy says no, in its own words');
/** Opened by a scenario to let the guardrail that waits go on. */
export const gate = { entered: Promise.withResolvers(), open: Promise.withResolvers() };

const wishOf = (call) => call.request.content.metadata?.user_id;

flow.llm.addConditionalExecution('no-blocked', async (call) => {
  const wish = wishOf(call);
  seen.push({ model: call.model, provider: call.provider, streaming: call.streaming, wish });
  if (wish === 'waits') {
    gate.entered.resolve();
    await gate.open.promise;
  }
  const last = call.request.content.messages.at(-1).content;
  if (wish === 'no tool results' && Array.isArray(last) && last[0].type === 'tool_result') return 'no tool results';
  return wish === 'blocked' ? 'not today' : undefined;
});

flow.llm.addRequestIntercept('rewrite', (call) => {
  const { headers, content } = call.request;
  if (wishOf(call) === 'annotated') return { annotated: { ...call.annotated, instructions: 'Be brief.' } };
  if (wishOf(call) !== 'rewrite') return undefined;
  const { 'x-secret': _, ...kept } = headers;
  return { headers: { ...kept, 'x-policy': 'on' }, content: { ...content, temperature: 0 } };
});

const made = {
  id: 'made',
  type: 'message',
  role: 'assistant',
  model: 'made',
  content: [{ type: 'text', text: 'Made.' }],
  stop_reason: 'end_turn',
  usage: { input_tokens: 1, output_tokens: 1 },
};

const behaviours = {
  replace: () => made,
  change: async (next) => ({ ...(await next()), changed: 'by policy' }),
  retry: (next) => Promise.resolve(next()).catch(() => next()),
  fail: () => {
    throw mine;
  },
};
flow.llm.addExecutionIntercept('by-wish', (call, next) => (behaviours[wishOf(call)] ?? ((rest) => rest()))(next));

async function* madeEvents() {
  yield { type: 'message_start', message: { ...made, content: [], stop_reason: null } };
  yield { type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } };
  yield { type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text: 'Made.' } };
  yield { type: 'content_block_stop', index: 0 };
  yield { type: 'message_delta', delta: { stop_reason: 'end_turn', stop_sequence: null }, usage: { output_tokens: 1 } };
  yield { type: 'message_stop' };
}

const streams = {
  async *loud(rest) {
    for await (const event of rest)
      yield event.delta?.text ? { ...event, delta: { ...event.delta, text: event.delta.text.toUpperCase() } } : event;
  },
  async *stops(rest) {
    let events = 0;
    for await (const event of rest) {
      yield event;
      if ((events += 1) === 4) throw mine;
    }
  },
  async *same(rest) {
    try {
      yield* rest;
      seen.push('finished');
    } finally {
      seen.push('closed');
    }
  },
};
flow.llm.addStreamExecutionIntercept('by-wish', async (call, next) => {
  const wish = wishOf(call);
  if (wish === 'replace') return madeEvents();
  if (wish === 'retry') return next().catch(() => next());
  if (wish === 'fail') throw mine;
  const rest = await next();
  return streams[wish]?.(rest) ?? rest;
});

flow.tool.addConditionalExecution('no-deleting', (call) => {
  seen.push({ tool: call.name, id: call.id, args: call.args });
  return call.name === 'delete' ? 'deleting is not allowed' : undefined;
});
flow.tool.addRequestIntercept('elsewhere', (call) =>
  call.name === 'weather' ? { ...call.args, city: `${call.args.city}, Norway` } : undefined,
);
flow.tool.addExecutionIntercept('by-name', async (call, next) => {
  if (call.name === 'cached') return 'from the cache';
  if (call.name === 'fails') throw mine;
  const result = await next();
  return call.name === 'loud' ? String(result).toUpperCase() : result;
});
