// SPDX-License-Identifier: Apache-2.0
import type { ReplyScript } from '../../support/openai-server/reply.ts';

const called = (...names: readonly string[]) => ({
  toolCalls: names.map((name) => ({ name, id: `call_${name}`, arguments: { city: 'Paris' } })),
});

/** What the models of `structure-app.mjs` answer: the instructions are the name of the agent. */
export const structureScript: ReplyScript = ({ raw }) => {
  const text = raw.toString('utf8');
  const knows = (id: string): boolean =>
    text.includes(`_output","call_id":"${id}"`) || text.includes(`"tool_call_id":"${id}"`);
  if (text.includes('How was it?')) return { text: '{"mood":"good"}' };
  if (!/forecaster|concierge/.test(text)) return {};
  if (text.includes('"forecaster"'))
    return knows('call_get_weather') ? { text: 'It is sunny.' } : called('get_weather');
  if (!knows('call_ask_forecaster')) return called('ask_forecaster');
  return knows('call_pay') ? { text: 'A walk in the sun, then dinner at home.' } : called('book_table', 'pay');
};
