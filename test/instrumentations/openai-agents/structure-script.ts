// SPDX-License-Identifier: Apache-2.0
import type { ReplyScript } from '../../support/openai-server/reply.ts';

const called = (...names: readonly string[]) => ({
  toolCalls: names.map((name) => ({ name, id: `call_${name}`, arguments: { city: 'Paris' } })),
});

/** What the models of `structure-app.mjs` answer: the instructions are the name of the agent. */
export const structureScript: ReplyScript = ({ body, raw }) => {
  const request = body as { instructions?: string; messages?: readonly { content: string }[] };
  const agent = request.instructions ?? request.messages?.[0]?.content;
  const knows = (id: string): boolean =>
    raw.includes(`_output","call_id":"${id}"`) || raw.includes(`"tool_call_id":"${id}"`);
  const asks = {
    toolCalls: [{ name: 'ask_forecaster', id: 'call_ask', arguments: { input: 'The weather in Paris?' } }],
  };
  const handsOver = (to: string, id: string) => ({ toolCalls: [{ name: `transfer_to_${to}`, id, arguments: {} }] });
  switch (agent) {
    case 'judge':
      return { text: 'polite' };
    case 'triage':
      return handsOver('concierge', 'call_transfer');
    case 'first':
      return knows('call_back') ? { text: 'The first again.' } : handsOver('helper', 'call_forth');
    case 'second':
      return handsOver('helper', 'call_back');
    case 'loner':
      return knows('call_self') ? { text: 'Still the same.' } : handsOver('loner', 'call_self');
    case 'forecaster':
      return knows('call_get_weather') ? { text: 'It is sunny.' } : called('get_weather');
    default:
      if (!knows('call_ask')) return asks;
      return knows('call_pay') ? { text: 'A walk in the sun, then dinner at home.' } : called('book_table', 'pay');
  }
};
