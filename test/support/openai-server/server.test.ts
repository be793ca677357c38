// SPDX-License-Identifier: Apache-2.0

import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';

import OpenAI, { APIConnectionError, APIUserAbortError, RateLimitError } from 'openai';
import { afterEach, expect, test } from 'vitest';

import { startOpenAiServer } from './server.ts';
import type { OpenAiServer, OpenAiServerOptions } from './server.ts';

const running: OpenAiServer[] = [];

afterEach(async () => {
  await Promise.all(running.splice(0).map((server) => server.close()));
});

async function start(
  options: OpenAiServerOptions = {},
): Promise<{ readonly server: OpenAiServer; readonly client: OpenAI }> {
  const server = await startOpenAiServer(options);
  running.push(server);
  return { server, client: new OpenAI({ apiKey: 'sk-test', baseURL: server.url, maxRetries: 0 }) };
}

const weatherTool = {
  type: 'function',
  function: {
    name: 'get_weather',
    parameters: { type: 'object', properties: { city: { type: 'string' }, days: { type: 'integer' } } },
  },
} as const;

async function collect<T>(source: AsyncIterable<T>): Promise<readonly T[]> {
  const items: T[] = [];
  for await (const item of source) items.push(item);
  return items;
}

test('a chat completion answers with the text, counts tokens and carries a request id', async () => {
  const { client, server } = await start({ reply: () => ({ text: 'Hi!', usage: { cached: 3, reasoning: 2 } }) });
  const completion = await client.chat.completions.create({
    model: 'gpt-4o',
    messages: [{ role: 'user', content: 'Hey' }],
  });
  expect(completion.id).toMatch(/^chatcmpl-\w{29}$/);
  expect(completion.model).toBe('gpt-4o-2026-06-01');
  expect(completion.choices[0]?.message.content).toBe('Hi!');
  expect(completion._request_id).toMatch(/^req_[0-9a-f]{32}$/);
  expect(completion.usage?.prompt_tokens_details?.cached_tokens).toBe(3);
  expect(completion.usage?.completion_tokens_details?.reasoning_tokens).toBe(2);
  expect(server.requests).toMatchObject([{ method: 'POST', path: '/v1/chat/completions', body: { model: 'gpt-4o' } }]);
  expect(JSON.parse(String(server.requests[0]?.raw))).toEqual(server.requests[0]?.body);
  expect(server.requests[0]?.headers.authorization).toBe('Bearer sk-test');
});

test('a streamed chat completion has a role chunk, the pieces and a finish chunk, and no usage unless it is asked for', async () => {
  const { client } = await start({ reply: () => ({ chunks: ['one ', 'two'] }) });
  const chunks = await collect(await client.chat.completions.create({ model: 'm', messages: [], stream: true }));
  expect(chunks.map((chunk) => chunk.choices[0]?.delta)).toEqual([
    { role: 'assistant', content: '', refusal: null },
    { content: 'one ' },
    { content: 'two' },
    {},
  ]);
  expect(chunks.map((chunk) => chunk.choices[0]?.finish_reason)).toEqual([null, null, null, 'stop']);
  expect(chunks.every((chunk) => !('usage' in chunk))).toBe(true);
});

test('with include_usage every chunk has a usage field and the last one has no choices', async () => {
  const { client } = await start({ reply: () => ({ text: 'a b' }) });
  const chunks = await collect(
    await client.chat.completions.create({
      model: 'm',
      messages: [],
      stream: true,
      stream_options: { include_usage: true },
    }),
  );
  expect(chunks.slice(0, -1).every((chunk) => chunk.usage === null)).toBe(true);
  expect(chunks.at(-1)).toMatchObject({ choices: [], usage: { completion_tokens: 1 } });
});

test('parallel tool calls stream as one opening delta each and then argument fragments', async () => {
  const calls = [
    { name: 'a', arguments: { city: 'Paris' } },
    { name: 'b', arguments: '{not json' },
  ];
  const { client } = await start({ reply: () => ({ toolCalls: calls }) });
  const runner = client.chat.completions.stream({ model: 'm', messages: [] });
  const message = await runner.finalMessage();
  expect(message.tool_calls).toMatchObject([
    { type: 'function', function: { name: 'a', arguments: '{"city":"Paris"}' } },
    { type: 'function', function: { name: 'b', arguments: '{not json' } },
  ]);
  expect(new Set(message.tool_calls?.map((call) => call.id)).size).toBe(2);
});

test('the default model calls the tools it is offered, then says what they returned', async () => {
  const { client, server } = await start();
  const asked: unknown[] = [];
  const runner = client.chat.completions.runTools({
    model: 'gpt-4o',
    messages: [{ role: 'user', content: 'What is the weather in Paris?' }],
    tools: [
      {
        ...weatherTool,
        function: {
          ...weatherTool.function,
          description: 'The weather in a city',
          parse: JSON.parse,
          function: (args: object) => {
            asked.push(args);
            return 'sunny';
          },
        },
      },
    ],
  });
  expect(await runner.finalContent()).toBe('The tools say: sunny.');
  expect(asked).toEqual([{ city: 'Paris', days: 1 }]);
  expect(server.requests).toHaveLength(2);
});

test('the default model fills the schema of a structured output', async () => {
  const { client } = await start();
  const schema = { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] };
  const completion = await client.chat.completions.parse({
    model: 'm',
    messages: [{ role: 'user', content: 'Tell me about Rome' }],
    response_format: { type: 'json_schema', json_schema: { name: 'answer', schema } },
  });
  expect(JSON.parse(completion.choices[0]?.message.content ?? '')).toEqual({ city: 'Rome' });
});

test('a response has output items, and its stream rebuilds the same response', async () => {
  const reply = { text: 'On it.', toolCalls: [{ name: 'get_weather', arguments: { city: 'Oslo' } }] };
  const { client } = await start({ reply: () => reply });
  const buffered = await client.responses.create({ model: 'gpt-5', input: 'Weather?' });
  expect(buffered.output_text).toBe('On it.');
  expect(buffered.output[1]).toMatchObject({
    type: 'function_call',
    name: 'get_weather',
    arguments: '{"city":"Oslo"}',
  });
  expect(buffered.usage?.output_tokens_details.reasoning_tokens).toBe(64);

  const streamed = await client.responses.stream({ model: 'gpt-5', input: 'Weather?' }).finalResponse();
  expect(streamed.output_text).toBe('On it.');
  expect(streamed.output.map((item) => item.type)).toEqual(['message', 'function_call']);
});

test('the events of a streamed response come typed, numbered and in the order of the provider', async () => {
  const { client } = await start({ reply: () => ({ text: 'a', toolCalls: [{ name: 't', arguments: {} }] }) });
  const events = await collect(await client.responses.create({ model: 'm', input: '', stream: true }));
  expect(events.map((event) => event.type)).toEqual([
    'response.created',
    'response.in_progress',
    'response.output_item.added',
    'response.content_part.added',
    'response.output_text.delta',
    'response.output_text.done',
    'response.content_part.done',
    'response.output_item.done',
    'response.output_item.added',
    'response.function_call_arguments.delta',
    'response.function_call_arguments.done',
    'response.output_item.done',
    'response.completed',
  ]);
  expect(events.map((event) => event.sequence_number)).toEqual(events.map((_, index) => index));
});

test('embeddings are the same numbers in base64 and as floats', async () => {
  const { client, server } = await start();
  const request = { model: 'text-embedding-3-small', input: ['one', 'two'], dimensions: 4 };
  const decoded = await client.embeddings.create(request);
  const floats = await client.embeddings.create({ ...request, encoding_format: 'float' });
  expect(server.requests.map(({ body }) => body)).toMatchObject([{ encoding_format: 'base64' }, {}]);
  expect(decoded.data.map((entry) => [...entry.embedding])).toEqual(floats.data.map((entry) => entry.embedding));
  expect(floats.data[0]?.embedding).toHaveLength(4);
});

test('models can be listed, and an unknown one is a 404', async () => {
  const { client } = await start();
  const ids = (await collect(await client.models.list())).map((model) => model.id);
  expect(ids).toContain('gpt-4o');
  await expect(client.models.retrieve('none')).rejects.toMatchObject({ status: 404, code: 'model_not_found' });
});

test('an error reply becomes the error class of its status, with every field', async () => {
  const error = { message: 'Too fast.', type: 'requests', param: 'model', code: 'rate_limit_exceeded' };
  const { client } = await start({ reply: () => ({ status: 429, error, headers: { 'retry-after': '7' } }) });
  const thrown = await client.responses.create({ model: 'm', input: '' }).catch((caught: unknown) => caught);
  expect(thrown).toBeInstanceOf(RateLimitError);
  expect(thrown).toMatchObject({ status: 429, type: 'requests', param: 'model', code: 'rate_limit_exceeded' });
  expect((thrown as InstanceType<typeof OpenAI.APIError>).headers?.get('retry-after')).toBe('7');
});

test('a request without a key, with a wrong path or without a model is refused as by the provider', async () => {
  const { server } = await start();
  const post = (path: string, init: RequestInit): Promise<Response> =>
    fetch(server.url + path, { method: 'POST', ...init });
  const key = { authorization: 'Bearer x' };
  expect((await post('/responses', { body: '{}' })).status).toBe(401);
  expect((await post('/nowhere', { body: '{}', headers: key })).status).toBe(404);
  expect((await post('/models', { body: '{}', headers: key })).status).toBe(405);
  expect((await post('/responses', { body: '{', headers: key })).status).toBe(400);
  expect(await (await post('/responses', { body: '{}', headers: key })).json()).toMatchObject({
    error: { type: 'invalid_request_error', param: null, code: null },
  });
});

test('the script sees the request and how many came before it', async () => {
  const { client } = await start({
    reply: ({ body }, turn) => ({ text: `${turn} ${(body as { readonly user: string }).user}` }),
  });
  const ask = (user: string): Promise<OpenAI.Responses.Response> =>
    client.responses.create({ model: 'm', input: '', user });
  expect((await ask('ann')).output_text).toBe('0 ann');
  expect((await ask('bob')).output_text).toBe('1 bob');
});

test('a client that leaves a gated stream is seen as aborted', async () => {
  const { client, server } = await start({
    reply: () => ({ text: 'one two three', gate: (chunk) => (chunk === 2 ? new Promise(() => undefined) : undefined) }),
  });
  const stream = await client.chat.completions.create({ model: 'm', messages: [], stream: true });
  const seen: unknown[] = [];
  for await (const chunk of stream) {
    seen.push(chunk.choices[0]?.delta.content);
    if (seen.length === 2) break;
  }
  expect(seen).toEqual(['', 'one']);
  expect(await server.requests[0]?.closed).toBe('aborted');
  expect(server.requests[0]).toMatchObject({ aborted: true, sent: 2 });
});

test('a client that leaves a request without an answer is seen as aborted', async () => {
  for (const hang of [true, 'after-headers'] as const) {
    const { client, server } = await start({ reply: () => ({ hang }) });
    const leave = new AbortController();
    const call = client.responses.create({ model: 'm', input: '' }, { signal: leave.signal });
    const ended = call.then(
      () => 'answered',
      (error: unknown) => error,
    );
    await expect.poll(() => server.requests).toHaveLength(1);
    leave.abort();
    expect(await ended).toBeInstanceOf(APIUserAbortError);
    expect(await server.requests[0]?.closed).toBe('aborted');
  }
});

test('a stream fails in the middle where the script says', async () => {
  const seen: unknown[] = [];
  const read = Promise.withResolvers<void>();
  const { client, server } = await start({
    reply: () => ({
      text: 'one two three',
      failAfterChunks: 3,
      gate: (chunk) => (chunk === 3 ? read.promise : undefined),
    }),
  });
  const stream = await client.chat.completions.create({ model: 'm', messages: [], stream: true });
  await expect(async () => {
    for await (const chunk of stream) {
      if (seen.push(chunk.choices[0]?.delta.content) === 3) read.resolve();
    }
  }).rejects.toThrow('terminated');
  expect(seen).toEqual(['', 'one', ' two']);
  expect(await server.requests[0]?.closed).toBe('cut');
});

test('a provider error in a stream reaches the client with its fields', async () => {
  const error = { message: 'overloaded', code: 'server_overloaded' };
  const { client } = await start({ reply: () => ({ text: 'one two', errorAfterChunks: 1, error }) });
  const chat = await client.chat.completions.create({ model: 'm', messages: [], stream: true });
  await expect(collect(chat)).rejects.toMatchObject({ code: 'server_overloaded' });
  const events = await client.responses.create({ model: 'm', input: '', stream: true });
  await expect(collect(events)).rejects.toMatchObject({
    message: 'overloaded',
    code: 'server_overloaded',
    param: null,
  });
});

test('the server stops writing while the client does not read', async () => {
  const chunks = Array.from({ length: 2_000 }, () => 'x'.repeat(10_000));
  const { server } = await start({ reply: () => ({ chunks }) });
  const leave = new AbortController();
  const response = await fetch(`${server.url}/chat/completions`, {
    method: 'POST',
    headers: { authorization: 'Bearer x' },
    body: JSON.stringify({ model: 'm', messages: [], stream: true }),
    signal: leave.signal,
  });
  await response.body?.getReader().read();
  await expect.poll(() => server.requests[0]?.sent).toBeGreaterThan(0);
  leave.abort();
  expect(await server.requests[0]?.closed).toBe('aborted');
  expect(server.requests[0]?.sent).toBeLessThan(chunks.length);
});

test('raw bytes, a dropped connection, a cut and a gzipped body arrive as such', async () => {
  const replies = [
    { raw: '{"id":' },
    { drop: true },
    { text: 'half', failAfterChunks: 0 },
    { text: 'small', compress: true },
  ] as const;
  const { client } = await start({ reply: (_, turn) => replies[turn] ?? { text: '' } });
  const ask = (): Promise<OpenAI.Responses.Response> => client.responses.create({ model: 'm', input: '' });
  await expect(ask()).rejects.toBeInstanceOf(SyntaxError);
  await expect(ask()).rejects.toBeInstanceOf(APIConnectionError);
  await expect(ask()).rejects.toThrow('terminated');
  const { data, response } = await client.responses.create({ model: 'm', input: '' }).withResponse();
  expect(data.output_text).toBe('small');
  expect(response.headers.get('content-encoding')).toBe('gzip');
});

test('as a program it prints its URL, answers, lists what arrived and ends on SIGTERM', async () => {
  const child = spawn(process.execPath, [new URL('main.ts', import.meta.url).pathname], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = new Promise((resolve) => child.once('exit', resolve));
  const { value: url } = await createInterface({ input: child.stdout })[Symbol.asyncIterator]().next();
  const client = new OpenAI({ apiKey: 'k', baseURL: String(url) });
  const answer = await client.responses.create({ model: 'm', input: 'Hello?' });
  expect(answer.output_text).toContain('Hello?');
  const listed = (await (await fetch(new URL('/requests', String(url)))).json()) as readonly unknown[];
  expect(listed).toMatchObject([{ path: '/v1/responses', body: { input: 'Hello?' } }]);
  child.kill('SIGTERM');
  expect(await ended).toBe(0);
});
