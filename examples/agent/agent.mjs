// SPDX-License-Identifier: Apache-2.0
// A support agent as one writes it with the `openai` package: it answers a customer, then writes the case up.
// It knows nothing of Flow: run it alone with `node agent.mjs`. OPENAI_API_KEY and OPENAI_BASE_URL are read by the SDK.
import OpenAI from 'openai';

const client = new OpenAI();
const model = process.env.OPENAI_MODEL ?? 'gpt-4.1-mini';
const MAX_TURNS = 8;

const question = 'Where is my order A-1042? If it is lost, refund it to my card 4111 1111 1111 1111.';

console.log(`customer: ${question}`);
const reply = await answer(question);
await writeUp(question, reply).catch((error) => console.log(`the case could not be written up: ${error.message}`));

/** A loop of its own: the answer is streamed, the tools that a turn asks for run side by side. */
async function answer(question) {
  const tools = { get_order: getOrder, track_parcel: trackParcel };
  const messages = [
    {
      role: 'system',
      content: 'You help customers of a shop. Look the order and its parcel up in one step, then answer.',
    },
    { role: 'user', content: question },
  ];
  for (let turn = 0; turn < MAX_TURNS; turn++) {
    const stream = await client.chat.completions.create({
      model,
      messages,
      tools: [
        describe('get_order', 'Looks an order up.', { order_id: { type: 'string' } }),
        describe('track_parcel', 'Asks the carrier where the parcel of an order is.', { order_id: { type: 'string' } }),
      ],
      stream: true,
    });
    const message = await printed(stream);
    messages.push(message);
    if (message.tool_calls === undefined) return message.content;
    messages.push(...(await Promise.all(message.tool_calls.map((call) => run(tools, call)))));
  }
  throw new Error(`no answer after ${MAX_TURNS} turns`);
}

/** The SDK's own loop: it calls the functions and sends their results back until the model is done. */
async function writeUp(question, reply) {
  const runner = client.chat.completions.runTools({
    model,
    messages: [
      {
        role: 'system',
        content: 'You file support cases: first open a ticket, then mail the customer, then say what you did.',
      },
      { role: 'user', content: `The customer asked: ${question}\nWe answered: ${reply}` },
    ],
    tools: [
      runnable('create_ticket', 'Opens a ticket.', { title: { type: 'string' } }, createTicket),
      runnable(
        'send_email',
        'Mails the customer.',
        { subject: { type: 'string' }, body: { type: 'string' } },
        sendEmail,
      ),
    ],
    stream: true,
    stream_options: { include_usage: true },
  });
  console.log(`agent: ${await runner.finalContent()}`);
}

async function getOrder({ order_id: id }) {
  console.log(`[get_order] ${id}`);
  return { id, status: 'shipped', carrier: 'Northwind', total: '49.90 EUR' };
}

async function trackParcel({ order_id: id }) {
  console.log(`[track_parcel] ${id}`);
  throw new Error('the carrier answered 503 Service Unavailable');
}

async function createTicket({ title }) {
  console.log(`[create_ticket] ${title}`);
  return { ticket: 'T-77' };
}

async function sendEmail({ subject }) {
  console.log(`[send_email] ${subject}`);
  return { sent: true };
}

/** Puts the deltas of a streamed answer together, and prints its text as it comes. */
async function printed(stream) {
  let content = '';
  const calls = [];
  for await (const chunk of stream) {
    const delta = chunk.choices[0]?.delta ?? {};
    if (delta.content) process.stdout.write(content === '' ? `agent: ${delta.content}` : delta.content);
    content += delta.content ?? '';
    for (const { index, id, function: part } of delta.tool_calls ?? []) {
      calls[index] ??= { id, type: 'function', function: { name: '', arguments: '' } };
      calls[index].function.name += part?.name ?? '';
      calls[index].function.arguments += part?.arguments ?? '';
    }
  }
  if (content !== '') process.stdout.write('\n');
  return { role: 'assistant', content, ...(calls.length > 0 && { tool_calls: calls }) };
}

/** A tool that fails is an answer too: the model decides what to make of it. */
async function run(tools, call) {
  const { name, arguments: args } = call.function;
  try {
    const result = await tools[name](JSON.parse(args));
    return { role: 'tool', tool_call_id: call.id, content: JSON.stringify(result) };
  } catch (error) {
    return { role: 'tool', tool_call_id: call.id, content: `error: ${error.message}` };
  }
}

function describe(name, description, properties) {
  const parameters = { type: 'object', properties, required: Object.keys(properties) };
  return { type: 'function', function: { name, description, parameters } };
}

function runnable(name, description, properties, fn) {
  const { function: definition } = describe(name, description, properties);
  return { type: 'function', function: { ...definition, function: fn, parse: JSON.parse } };
}
