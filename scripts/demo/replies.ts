// SPDX-License-Identifier: Apache-2.0
import type { RecordedRequest } from '../../test/support/model-server/recorded-request.ts';
import type { ReplyToolCall } from '../../test/support/model-server/reply.ts';
import type { Reply } from '../../test/support/openai-server/reply.ts';

/** Streams slowly enough for the first chunk and the end to be apart. */
const PACE = { chunkDelay: 8 };

interface Message {
  readonly role: string;
  readonly tool_calls?: readonly unknown[];
}

/** The model of examples/agent/agent.mjs where there is no provider: decides by the tools on offer and by how often it asked for some. */
export function replies(request: RecordedRequest): Reply {
  const { messages = [], tools = [] } = request.body as {
    messages?: Message[];
    tools?: { function: { name: string } }[];
  };
  const asked = messages.filter(({ tool_calls: calls }) => calls !== undefined).length;
  const script = tools.some(({ function: { name } }) => name === 'get_order') ? ANSWER : WRITE_UP;
  return script[asked] ?? { text: 'That was all.' };
}

const call = (name: string, args: object): ReplyToolCall => ({ name, arguments: args });

const ANSWER: readonly Reply[] = [
  { ...PACE, toolCalls: [call('get_order', { order_id: 'A-1042' }), call('track_parcel', { order_id: 'A-1042' })] },
  {
    ...PACE,
    text: 'Your order A-1042 has been shipped. The carrier does not answer right now; we will ask again and write to you.',
  },
];

const WRITE_UP: readonly Reply[] = [
  { ...PACE, toolCalls: [call('create_ticket', { title: 'Parcel of A-1042 cannot be tracked' })] },
  {
    ...PACE,
    toolCalls: [call('send_email', { subject: 'Your order A-1042', body: 'We look after it: ticket T-77.' })],
  },
  { ...PACE, text: 'Ticket T-77 is open and the customer has been told.' },
];
