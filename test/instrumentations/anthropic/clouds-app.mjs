// SPDX-License-Identifier: Apache-2.0

// Claude in Bedrock and in Vertex AI, each behind a server in this process that speaks its wire format: `clouds-app.mjs <format> <clouds> [control]`. Prints what the caller
// and the server see; then, where that is asked for, the same under a policy that changes nothing, and some of it under one that does.
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';

const [format, names, control] = process.argv.slice(2);
const clouds = names.split(',');
const require = createRequire(import.meta.url);
const load = (name) => (format === 'cjs' ? require(name) : import(name));
const { AnthropicBedrock } = await load('@anthropic-ai/bedrock-sdk');
const { AnthropicVertex } = await load('@anthropic-ai/vertex-sdk');
const { EventStreamCodec } = require('@smithy/eventstream-codec');
const codec = new EventStreamCodec(
  (bytes) => Buffer.from(bytes).toString(),
  (text) => Buffer.from(text),
);

const usage = { input_tokens: 7, output_tokens: 3 };
const messageOf = (content) => ({
  id: 'msg_1',
  type: 'message',
  role: 'assistant',
  model: 'claude',
  content,
  stop_reason: content[0].type === 'tool_use' ? 'tool_use' : 'end_turn',
  stop_sequence: null,
  usage,
});
function eventsOf(message) {
  const [block] = message.content;
  const [opened, delta] =
    block.type === 'text'
      ? [
          { ...block, text: '' },
          { type: 'text_delta', text: block.text },
        ]
      : [
          { ...block, input: {} },
          { type: 'input_json_delta', partial_json: JSON.stringify(block.input) },
        ];
  return [
    { type: 'message_start', message: { ...message, content: [], stop_reason: null } },
    { type: 'content_block_start', index: 0, content_block: opened },
    { type: 'content_block_delta', index: 0, delta },
    { type: 'content_block_stop', index: 0 },
    { type: 'message_delta', delta: { stop_reason: message.stop_reason, stop_sequence: null }, usage },
    { type: 'message_stop' },
  ];
}
const header = (value) => ({ type: 'string', value });
/** A frame as Bedrock sends it. */
const frame = (event) =>
  codec.encode({
    headers: {
      ':event-type': header('chunk'),
      ':message-type': header('event'),
      ':content-type': header('application/json'),
    },
    body: Buffer.from(JSON.stringify({ bytes: Buffer.from(JSON.stringify(event)).toString('base64') })),
  });

const asked = [];
const server = createServer(async (request, response) => {
  const body = Buffer.concat(await request.toArray());
  const { 'x-amz-content-sha256': hash, authorization = '' } = request.headers;
  const signed = hash === undefined ? undefined : hash === createHash('sha256').update(body).digest('hex');
  const [scheme] = authorization.split(' ');
  const content = JSON.parse(body);
  asked.push([request.url, scheme, signed, content]);
  const fails = JSON.stringify(content).includes('overloaded');
  if (fails)
    return response.writeHead(429, { 'content-type': 'application/json' }).end('{"message":"Too many requests"}');
  const last = content.messages.at(-1).content;
  const calls = content.tools !== undefined && !Array.isArray(last);
  const text = Array.isArray(last) ? `It is ${last[0].content}.` : 'Hello there.';
  const message = messageOf([
    calls ? { type: 'tool_use', id: 'toolu_1', name: 'weather', input: { city: 'Oslo' } } : { type: 'text', text },
  ]);
  const { pathname } = new URL(request.url, 'http://localhost');
  if (pathname.endsWith('/invoke-with-response-stream')) {
    response.writeHead(200, { 'content-type': 'application/vnd.amazon.eventstream' });
    return response.end(Buffer.concat(eventsOf(message).map(frame)));
  }
  if (pathname.endsWith(':streamRawPredict')) {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    const print = (event) => `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`;
    return response.end(eventsOf(message).map(print).join(''));
  }
  return response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(message));
}).listen(0, '127.0.0.1');
await once(server, 'listening');
const baseURL = `http://127.0.0.1:${server.address().port}`;

const clients = {
  bedrock: new AnthropicBedrock({
    baseURL,
    awsRegion: 'eu-west-1',
    awsAccessKey: 'a',
    awsSecretKey: 's',
    maxRetries: 0,
  }),
  vertex: new AnthropicVertex({
    baseURL: `${baseURL}/v1`,
    region: 'europe-west1',
    projectId: 'p',
    maxRetries: 0,
    authClient: { getRequestHeaders: async () => new Headers({ authorization: 'Bearer t' }) },
  }),
};
const question = { model: 'claude-opus-4-6', max_tokens: 20, messages: [{ role: 'user', content: 'Hi' }] };
const weather = {
  type: 'custom',
  name: 'weather',
  description: 'w',
  input_schema: { type: 'object' },
  parse: (input) => input,
  run: ({ city }) => `sunny in ${city}`,
};
const operations = {
  create: (client) => client.messages.create(question),
  async response(client) {
    const { data, response, request_id } = await client.messages.create(question).withResponse();
    return [data, response.status, request_id];
  },
  async stream(client) {
    const events = [];
    for await (const event of await client.messages.create({ ...question, stream: true })) events.push(event);
    return events;
  },
  helper: (client) => client.messages.stream(question).finalMessage(),
  beta: (client) => client.beta.messages.create({ ...question, betas: ['one-2026-01-01'] }),
  loop: (client) => client.beta.messages.toolRunner({ ...question, thread: false, tools: [weather] }).runUntilDone(),
  streamedLoop: (client) =>
    client.beta.messages.toolRunner({ ...question, thread: false, stream: true, tools: [weather] }).runUntilDone(),
  fails: (client) => client.messages.create({ ...question, messages: [{ role: 'user', content: 'overloaded' }] }),
  left: async (client) => {
    for await (const { type } of await client.messages.create({ ...question, stream: true })) return type;
  },
};
async function show(cloud, name) {
  asked.length = 0;
  const seen = await operations[name](clients[cloud]).catch(({ constructor, message, status, code }) => {
    return { thrown: constructor.name, message, status, code };
  });
  console.log(JSON.stringify({ cloud, name, seen, asked }));
}
const showAll = async () => {
  for (const cloud of clouds) for (const name of Object.keys(operations)) await show(cloud, name);
};
await showAll();
if (control !== undefined) {
  const { flow } = await import('@flow/register/api');
  await import('./allow.mjs');
  await showAll();
  const refused = ({ request }) => (JSON.stringify(request.content).includes('overloaded') ? 'not now' : undefined);
  flow.llm.addConditionalExecution('no', refused);
  flow.llm.addRequestIntercept('cheaper', ({ annotated }) => ({
    annotated: { ...annotated, model: 'claude-haiku-4-5' },
  }));
  flow.llm.addExecutionIntercept('twice', (call, next) => next().then(() => next()));
  flow.llm.addStreamExecutionIntercept('loud', async (call, next) => {
    const events = await next();
    return (async function* () {
      for await (const event of events)
        yield event.delta?.text ? { ...event, delta: { ...event.delta, text: event.delta.text.toUpperCase() } } : event;
    })();
  });
  for (const cloud of clouds) for (const name of ['helper', 'fails', 'create']) await show(cloud, name);
}
server.close();
server.closeAllConnections();
