// SPDX-License-Identifier: Apache-2.0

import { flow } from '@flow/register/api';

import { seen } from './seen.mjs';

export const mine = new RangeError('the policy stops this stream');

const louder = (chunk) => {
  if (chunk.type === 'response.output_text.delta') return { ...chunk, delta: chunk.delta.toUpperCase() };
  const [choice] = chunk.choices ?? [];
  if (!choice?.delta.content) return chunk;
  return {
    ...chunk,
    choices: [{ ...choice, delta: { ...choice.delta, content: choice.delta.content.toUpperCase() } }],
  };
};

const behaviours = {
  async *same(rest) {
    try {
      for await (const chunk of rest) yield chunk;
      seen.push('finished');
    } finally {
      seen.push('closed');
    }
  },
  async *loud(rest) {
    for await (const chunk of rest) yield louder(chunk);
  },
  async *shorter(rest) {
    for await (const chunk of rest) if (chunk.choices[0].delta.content !== 'two ') yield chunk;
  },
  async *longer(rest) {
    for await (const chunk of rest) {
      if (chunk.choices[0]?.finish_reason) {
        yield { ...chunk, choices: [{ index: 0, delta: { content: ' (checked)' }, finish_reason: null }] };
      }
      yield chunk;
    }
  },
  async *stops(rest) {
    let chunks = 0;
    for await (const chunk of rest) {
      yield chunk;
      chunks += 1;
      if (chunks === 2) throw mine;
    }
  },
};

async function* made() {
  yield {
    id: 'made',
    object: 'chat.completion.chunk',
    choices: [{ index: 0, delta: { role: 'assistant', content: 'Ma' } }],
  };
  yield { id: 'made', object: 'chat.completion.chunk', choices: [{ index: 0, delta: { content: 'de.' } }] };
  yield { id: 'made', object: 'chat.completion.chunk', choices: [{ index: 0, delta: {}, finish_reason: 'stop' }] };
}

async function* secondTry(next) {
  try {
    yield* await next();
  } catch {
    yield* await next();
  }
}

flow.llm.addStreamExecutionIntercept('by-user', async (call, next) => {
  const { user } = call.request.content;
  if (user === 'replace') return made();
  if (user === 'retry') return next().catch(() => next());
  if (user === 'second try') return secondTry(next);
  if (user === 'fail') throw mine;
  const rest = await next();
  return behaviours[user]?.(rest) ?? rest;
});
