// SPDX-License-Identifier: Apache-2.0

import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';

import Anthropic from '@anthropic-ai/sdk';
import { betaTool } from '@anthropic-ai/sdk/helpers/beta/json-schema';
import { afterEach, expect, test } from 'vitest';

import { startAnthropicServer } from './server.ts';
import type { AnthropicServer, AnthropicServerOptions } from './server.ts';

const running: AnthropicServer[] = [];

afterEach(async () => {
  await Promise.all(running.splice(0).map((server) => server.close()));
});

async function start(
  options: AnthropicServerOptions = {},
): Promise<{ readonly server: AnthropicServer; readonly client: Anthropic }> {
  const server = await startAnthropicServer(options);
  running.push(server);
  return { server, client: new Anthropic({ apiKey: 'sk-ant-test', baseURL: server.url, maxRetries: 0 }) };
}

function ask(content: string): Anthropic.MessageCreateParamsNonStreaming {
  return { model: 'claude-opus-4-6', max_tokens: 100, messages: [{ role: 'user', content }] };
}

const weather = {
  name: 'get_weather',
  description: 'The weather in a city',
  inputSchema: {
    type: 'object',
    properties: { city: { type: 'string' }, days: { type: 'integer' } },
    required: ['city', 'days'],
  },
} as const;

test('a message answers with the text, counts tokens and those of the cache apart, and carries a request id', async () => {
  const { client, server } = await start({ reply: () => ({ text: 'Hi!', usage: { cacheRead: 3 } }) });
  const system = [{ type: 'text', text: 'Be brief.', cache_control: { type: 'ephemeral' } } as const];
  const message = await client.messages.create({ ...ask('Hey'), system });
  expect(message).toMatchObject({ role: 'assistant', model: 'claude-opus-4-6', stop_reason: 'end_turn' });
  expect(message.id).toMatch(/^msg_01\w{22}$/);
  expect(message.content).toEqual([{ type: 'text', text: 'Hi!', citations: null }]);
  expect(message._request_id).toMatch(/^req_011C\w{22}$/);
  expect(message.usage).toMatchObject({ cache_read_input_tokens: 3, output_tokens: 1 });
  expect(message.usage.cache_creation_input_tokens).toBeGreaterThan(0);
  expect(server.requests).toMatchObject([{ method: 'POST', path: '/v1/messages', base: '', query: '' }]);
  expect(server.requests[0]?.headers.authorization).toBe('Bearer sk-ant-test');
});

const everything = {
  blocks: [
    { type: 'redacted_thinking', data: 'EmwKAhgB' },
    { type: 'server_tool_use', id: 'srvtoolu_1', name: 'web_search', input: { query: 'Oslo weather' } },
    { type: 'web_search_tool_result', tool_use_id: 'srvtoolu_1', content: [] },
  ],
  thinking: 'Let me think.',
  chunks: ['On ', 'it.'],
  toolCalls: [
    { name: 'get_weather', arguments: { city: 'Oslo' }, id: 'toolu_1' },
    { name: 'now', arguments: {}, id: 'toolu_2' },
  ],
};

test('a stream has the events of every kind of block in order, and rebuilds the message that is answered at once', async () => {
  const { client } = await start({ reply: () => everything });
  const buffered = await client.messages.create(ask('Weather?'));
  const streamed = await client.messages.stream(ask('Weather?')).finalMessage();
  expect(buffered.content.map((block) => block.type)).toEqual([
    'redacted_thinking',
    'server_tool_use',
    'web_search_tool_result',
    'thinking',
    'text',
    'tool_use',
    'tool_use',
  ]);
  expect(streamed.content).toEqual(buffered.content);
  expect(streamed.stop_reason).toBe('tool_use');
  expect(streamed.usage).toEqual(buffered.usage);
});

test('thinking, its signature, text and the input of a tool come in deltas of their own, and a ping after the first start', async () => {
  const { client, server } = await start({
    reply: () => ({ thinking: 'Hm', text: 'Ok', toolCalls: [{ name: 't', arguments: '{"a":1}' }] }),
  });
  const response = await client.messages.create({ ...ask('?'), stream: true }).asResponse();
  const events = (await response.text()).trimEnd().split('\n\n');
  expect(
    events.map((event) => event.replace(/^event: (\w+)\ndata: (.*"delta":\{"type":"(\w+)")?.*$/, '$1 $3')),
  ).toEqual([
    'message_start ',
    'content_block_start ',
    'ping ',
    'content_block_delta thinking_delta',
    'content_block_delta signature_delta',
    'content_block_stop ',
    'content_block_start ',
    'content_block_delta text_delta',
    'content_block_stop ',
    'content_block_start ',
    'content_block_delta input_json_delta',
    'content_block_delta input_json_delta',
    'content_block_stop ',
    'message_delta ',
    'message_stop ',
  ]);
  expect(server.requests[0]?.sent).toBe(events.length);
});

test('the default model calls the tools it is offered, then says what they returned', async () => {
  const { client, server } = await start();
  const asked: unknown[] = [];
  const tool = betaTool({
    ...weather,
    run: (input) => {
      asked.push(input);
      return 'sunny';
    },
  });
  const last = await client.beta.messages.toolRunner({ ...ask('What is the weather in Paris?'), tools: [tool] });
  expect(last.content).toMatchObject([{ type: 'text', text: 'The tools say: sunny.' }]);
  expect(asked).toEqual([{ city: 'Paris', days: 1 }]);
  expect(server.requests).toHaveLength(2);
});

test('the default model keeps to the choice of tools and fills the schema of a structured output', async () => {
  const { client } = await start();
  const tools = ['a', 'b'].map((name) => ({ name, input_schema: { type: 'object' as const } }));
  const forced = await client.messages.create({ ...ask('Go'), tools, tool_choice: { type: 'tool', name: 'b' } });
  expect(forced.content).toMatchObject([{ type: 'tool_use', name: 'b' }]);
  const none = await client.messages.create({ ...ask('Go'), tools, tool_choice: { type: 'none' } });
  expect(none.content).toMatchObject([{ type: 'text' }]);
  const schema = { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] };
  const parsed = await client.messages.parse({
    ...ask('Tell me about Rome'),
    output_config: { format: { type: 'json_schema', schema } },
  });
  expect(parsed.content).toMatchObject([{ text: '{"city":"Rome"}' }]);
});

test('a beta request and one behind a prefix are answered too', async () => {
  const { client, server } = await start();
  expect(await client.post('/proxy/v1/messages?beta=true', { body: ask('Hey') })).toMatchObject({ type: 'message' });
  expect(server.requests).toMatchObject([{ base: '/proxy', path: '/proxy/v1/messages', query: 'beta=true' }]);
});

test('tokens are counted without a message', async () => {
  const { client, server } = await start();
  const { model, messages } = ask('How many tokens are these?');
  expect((await client.messages.countTokens({ model, messages })).input_tokens).toBeGreaterThan(5);
  expect(server.requests[0]?.path).toBe('/v1/messages/count_tokens');
});

test.each([
  [400, 'invalid_request_error', 'BadRequestError'],
  [401, 'authentication_error', 'AuthenticationError'],
  [429, 'rate_limit_error', 'RateLimitError'],
  [500, 'api_error', 'InternalServerError'],
  [529, 'overloaded_error', 'InternalServerError'],
] as const)('a %i has the type %s and becomes the error class of its status', async (status, type, name) => {
  const { client } = await start({ reply: () => ({ status, error: { message: 'No.' } }) });
  const thrown: unknown = await client.messages.create(ask('?')).catch((caught: unknown) => caught);
  expect(thrown).toBeInstanceOf(Anthropic[name]);
  const error = thrown as InstanceType<typeof Anthropic.APIError>;
  expect(error).toMatchObject({ status, error: { type: 'error', error: { type, message: 'No.' } } });
  expect(error.error).toMatchObject({ request_id: error.requestID });
  expect(error.headers?.get('x-should-retry')).toBe(String(status >= 429));
  expect(error.headers?.get('retry-after')).toBe(status === 429 ? '1' : null);
});

test('a client with retries asks again after a refusal that passes', async () => {
  const { server } = await start({
    reply: (_, turn) =>
      turn === 0 ? { status: 529, error: {}, headers: { 'retry-after-ms': '1' } } : { text: 'Now.' },
  });
  const client = new Anthropic({ apiKey: 'k', baseURL: server.url, maxRetries: 1 });
  expect((await client.messages.create(ask('?'))).content).toMatchObject([{ text: 'Now.' }]);
  expect(server.requests).toHaveLength(2);
});

test('an error in the middle of a stream reaches the client with its type', async () => {
  const { client, server } = await start({ reply: () => ({ text: 'one two', errorAfterChunks: 4 }) });
  const seen: string[] = [];
  const stream = await client.messages.create({ ...ask('?'), stream: true });
  const reading = (async () => {
    for await (const event of stream) seen.push(event.type);
  })();
  await expect(reading).rejects.toMatchObject({
    error: { error: { type: 'overloaded_error', message: 'Overloaded' } },
  });
  expect(seen).toEqual(['message_start', 'content_block_start', 'content_block_delta']);
  expect(server.requests[0]?.sent).toBe(4);
});

test('a stream that is cut and one that the client leaves are seen as such', async () => {
  const read = Promise.withResolvers<void>();
  const { client, server } = await start({
    reply: (_, turn) =>
      turn === 0
        ? { text: 'one', failAfterChunks: 3, gate: (chunk) => (chunk === 3 ? read.promise : undefined) }
        : { text: 'one two', gate: (chunk) => (chunk === 4 ? new Promise(() => undefined) : undefined) },
  });
  const cut = await client.messages.create({ ...ask('?'), stream: true });
  await expect(async () => {
    for await (const event of cut) if (event.type === 'content_block_start') read.resolve();
  }).rejects.toThrow('terminated');
  expect(await server.requests[0]?.closed).toBe('cut');
  const left = await client.messages.create({ ...ask('?'), stream: true });
  for await (const event of left) if (event.type === 'content_block_delta') break;
  expect(await server.requests[1]?.closed).toBe('aborted');
});

test('a request without a key, a version or a field is refused as by the provider', async () => {
  const { server } = await start();
  const post = async (path: string, body: string, headers: Record<string, string> = {}): Promise<unknown> => {
    const response = await fetch(server.url + path, { method: 'POST', body, headers });
    return [response.status, ((await response.json()) as { error: { message: unknown } }).error.message];
  };
  const key = { 'x-api-key': 'k' };
  const full = { ...key, 'anthropic-version': '2023-06-01' };
  expect(await post('/v1/messages', '{}')).toEqual([401, 'x-api-key header is required']);
  expect(await post('/v1/messages', '{}', key)).toEqual([400, 'anthropic-version: header is required']);
  expect(await post('/v1/messages', '{', full)).toEqual([400, 'The request body is not valid JSON']);
  expect(await post('/v1/messages', '{"model":"m"}', full)).toEqual([400, 'max_tokens: Field required']);
  expect(await post('/v1/nowhere', '{}', full)).toEqual([404, 'Not found']);
});

test('as a program it prints its URL, answers, lists what arrived and ends on SIGTERM', async () => {
  const child = spawn(process.execPath, [new URL('main.ts', import.meta.url).pathname], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = new Promise((resolve) => child.once('exit', resolve));
  const { value: url } = await createInterface({ input: child.stdout })[Symbol.asyncIterator]().next();
  const client = new Anthropic({ apiKey: 'k', baseURL: String(url) });
  const answer = await client.messages.create(ask('Hello?'));
  expect(answer.content).toMatchObject([{ text: 'You asked: Hello? Here is my answer.' }]);
  const listed = (await (await fetch(new URL('/requests', String(url)))).json()) as readonly unknown[];
  expect(listed).toMatchObject([{ path: '/v1/messages', body: { max_tokens: 100 } }]);
  child.kill('SIGTERM');
  expect(await ended).toBe(0);
});
