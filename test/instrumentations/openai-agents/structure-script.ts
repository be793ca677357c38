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
  switch (agent) {
    case 'judge':
      return { text: 'polite' };
    case 'triage':
      return { toolCalls: [{ name: 'transfer_to_concierge', id: 'call_transfer', arguments: {} }] };
    case 'forecaster':
      return knows('call_get_weather') ? { text: 'It is sunny.' } : called('get_weather');
    default:
      if (!knows('call_ask')) return asks;
      return knows('call_pay') ? { text: 'A walk in the sun, then dinner at home.' } : called('book_table', 'pay');
  }
};
