// SPDX-License-Identifier: Apache-2.0

import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';

import { ApiError, FunctionCallingConfigMode, GoogleGenAI, Type } from '@google/genai';
import type { CallableTool, FunctionCall, GenerateContentResponse, Part } from '@google/genai';
import { afterEach, expect, test } from 'vitest';

import { startGeminiServer } from './server.ts';
import type { GeminiServer, GeminiServerOptions } from './server.ts';

const running: GeminiServer[] = [];

afterEach(async () => {
  await Promise.all(running.splice(0).map((server) => server.close()));
});

async function start(
  options: GeminiServerOptions = {},
): Promise<{ readonly server: GeminiServer; readonly client: GoogleGenAI }> {
  const server = await startGeminiServer(options);
  running.push(server);
  return { server, client: clientOf(server.url) };
}

function clientOf(url: string): GoogleGenAI {
  return new GoogleGenAI({ apiKey: 'test-key', httpOptions: { baseUrl: url } });
}

const model = 'gemini-3-flash';

async function collect<T>(source: AsyncIterable<T>): Promise<readonly T[]> {
  const items: T[] = [];
  for await (const item of source) items.push(item);
  return items;
}

function partsOf(response: GenerateContentResponse): readonly Part[] {
  return response.candidates?.[0]?.content?.parts ?? [];
}

/** A function that the client calls by itself. */
function weather(asked: FunctionCall[]): CallableTool {
  const parameters = {
    type: Type.OBJECT,
    properties: { city: { type: Type.STRING }, days: { type: Type.INTEGER } },
    required: ['city', 'days'],
  };
  return {
    tool: async () => ({ functionDeclarations: [{ name: 'get_weather', parameters }] }),
    callTool: async (calls) => {
      asked.push(...calls);
      return calls.map(({ name = '' }) => ({ functionResponse: { name, response: { output: 'sunny' } } }));
    },
  };
}

test('content is generated with text, thoughts apart from it, counted tokens and a response id', async () => {
  const { client, server } = await start({
    reply: () => ({ text: 'Hi!', thoughts: 'A greeting.', usage: { cached: 3 } }),
  });
  const response = await client.models.generateContent({ model, contents: 'Hey' });
  expect(response.text).toBe('Hi!');
  expect(partsOf(response)).toEqual([{ text: 'A greeting.', thought: true }, { text: 'Hi!' }]);
  expect(response).toMatchObject({ modelVersion: model, candidates: [{ finishReason: 'STOP', index: 0 }] });
  expect(response.responseId).toMatch(/^\w{22}$/);
  const usage = response.usageMetadata;
  expect(usage).toMatchObject({ candidatesTokenCount: 1, thoughtsTokenCount: 3, cachedContentTokenCount: 3 });
  expect(usage?.totalTokenCount).toBe((usage?.promptTokenCount ?? 0) + 4);
  expect(server.requests).toMatchObject([{ method: 'POST', path: `/v1/models/${model}:generateContent`, base: '/v1' }]);
  expect(server.requests[0]?.headers['x-goog-api-key']).toBe('test-key');
});

test('a stream has the pieces of the same answer, and its usage and reason to stop at the end', async () => {
  const toolCalls = [
    { name: 'get_weather', arguments: { city: 'Oslo' } },
    { name: 'now', arguments: {}, id: 'call-1' },
  ];
  const { client, server } = await start({
    reply: () => ({ thoughts: 'Hm well.', chunks: ['On ', 'it.'], toolCalls }),
  });
  const buffered = await client.models.generateContent({ model, contents: 'Weather?' });
  const chunks = await collect(await client.models.generateContentStream({ model, contents: 'Weather?' }));
  expect(chunks.flatMap(partsOf)).toEqual([
    { text: 'Hm', thought: true },
    { text: ' well.', thought: true },
    { text: 'On ' },
    { text: 'it.' },
    { functionCall: { name: 'get_weather', args: { city: 'Oslo' } }, thoughtSignature: expect.any(String) },
    { functionCall: { name: 'now', args: {}, id: 'call-1' } },
  ]);
  expect(partsOf(buffered).slice(2)).toEqual(chunks.flatMap(partsOf).slice(4));
  expect(chunks.map((chunk) => chunk.candidates?.[0]?.finishReason)).toEqual([...Array(5).fill(undefined), 'STOP']);
  expect(chunks.at(-1)?.usageMetadata).toEqual(buffered.usageMetadata);
  expect(new Set(chunks.map((chunk) => chunk.responseId)).size).toBe(1);
  expect(server.requests[1]).toMatchObject({ query: 'alt=sse', sent: chunks.length });
});

test('the default model calls the functions it is offered, then says what they returned, also in a stream', async () => {
  const { client, server } = await start();
  const asked: FunctionCall[] = [];
  const request = { model, contents: 'What is the weather in Paris?', config: { tools: [weather(asked)] } };
  expect((await client.models.generateContent(request)).text).toBe('The tools say: sunny.');
  const chunks = await collect(await client.models.generateContentStream(request));
  expect(
    chunks
      .flatMap(partsOf)
      .map((part) => part.text ?? '')
      .join(''),
  ).toBe('The tools say: sunny.');
  expect(asked).toMatchObject([{ name: 'get_weather', args: { city: 'Paris', days: 1 } }, { name: 'get_weather' }]);
  expect(server.requests).toHaveLength(4);
});

test('a chat sends what was said before', async () => {
  const { client, server } = await start();
  const chat = client.chats.create({ model });
  await chat.sendMessage({ message: 'One' });
  await chat.sendMessage({ message: 'Two' });
  expect(server.requests[1]?.body).toMatchObject({
    contents: [{ role: 'user' }, { role: 'model' }, { role: 'user' }],
  });
});

test('the default model keeps to the choice of functions and fills the schema of a structured output', async () => {
  const { client } = await start();
  const tools = [{ functionDeclarations: [{ name: 'a' }, { name: 'b' }] }];
  const choose = (mode: FunctionCallingConfigMode, names?: string[]): Promise<GenerateContentResponse> => {
    const functionCallingConfig = { mode, ...(names && { allowedFunctionNames: names }) };
    return client.models.generateContent({
      model,
      contents: 'Go',
      config: { tools, toolConfig: { functionCallingConfig } },
    });
  };
  expect((await choose(FunctionCallingConfigMode.ANY, ['b'])).functionCalls).toMatchObject([{ name: 'b' }]);
  expect((await choose(FunctionCallingConfigMode.NONE)).functionCalls).toBeUndefined();
  const responseSchema = { type: Type.OBJECT, properties: { city: { type: Type.STRING } } };
  const config = { responseMimeType: 'application/json', responseSchema };
  const filled = await client.models.generateContent({ model, contents: 'Tell me about Rome', config });
  expect(JSON.parse(filled.text ?? '')).toEqual({ city: 'Rome' });
});

test('a prompt that is refused has a reason and no candidate', async () => {
  const { client } = await start({ reply: () => ({ blockReason: 'SAFETY' }) });
  const response = await client.models.generateContent({ model, contents: '?' });
  expect(response.promptFeedback).toEqual({ blockReason: 'SAFETY' });
  expect(response.candidates).toBeUndefined();
});

test('embeddings are the same for the same text, and tokens are counted', async () => {
  const { client, server } = await start();
  const config = { outputDimensionality: 4 };
  const { embeddings } = await client.models.embedContent({ model, contents: ['one', 'two', 'one'], config });
  expect(embeddings?.map((entry) => entry.values?.length)).toEqual([4, 4, 4]);
  expect(embeddings?.[2]).toEqual(embeddings?.[0]);
  expect(embeddings?.[1]).not.toEqual(embeddings?.[0]);
  const response = await fetch(`${server.url}/v1beta/models/${model}:embedContent?key=k`, {
    method: 'POST',
    body: JSON.stringify({ content: { parts: [{ text: 'one' }] }, outputDimensionality: 4 }),
  });
  expect(await response.json()).toEqual({ embedding: embeddings?.[0] });
  expect((await client.models.countTokens({ model, contents: 'How many?' })).totalTokens).toBeGreaterThan(5);
  expect(server.requests.map(({ path }) => path.split(':')[1])).toEqual([
    'batchEmbedContents',
    'embedContent',
    'countTokens',
  ]);
});

test.each([
  [400, 'INVALID_ARGUMENT'],
  [401, 'UNAUTHENTICATED'],
  [403, 'PERMISSION_DENIED'],
  [429, 'RESOURCE_EXHAUSTED'],
  [500, 'INTERNAL'],
  [503, 'UNAVAILABLE'],
])('a %i is a status of %s, with the time to wait where there is one', async (status, name) => {
  const { client } = await start({ reply: () => ({ status, error: { message: 'No.' } }) });
  const thrown: unknown = await client.models
    .generateContent({ model, contents: '?' })
    .catch((caught: unknown) => caught);
  expect(thrown).toBeInstanceOf(ApiError);
  expect(thrown).toMatchObject({ status });
  const details = [{ '@type': 'type.googleapis.com/google.rpc.RetryInfo', retryDelay: '1s' }];
  expect(JSON.parse((thrown as ApiError).message)).toEqual({
    error: { code: status, message: 'No.', status: name, ...(status === 429 && { details }) },
  });
});

test('an error in the middle of a stream reaches the client with its status', async () => {
  const { client, server } = await start({ reply: () => ({ text: 'one two', errorAfterChunks: 1 }) });
  const seen: unknown[] = [];
  const stream = await client.models.generateContentStream({ model, contents: '?' });
  const reading = (async () => {
    for await (const chunk of stream) seen.push(chunk.text);
  })();
  await expect(reading).rejects.toMatchObject({ status: 503, message: expect.stringContaining('UNAVAILABLE') });
  expect(seen).toEqual(['one']);
  expect(server.requests[0]?.sent).toBe(1);
});

test('a stream that is cut and one that the client leaves are seen as such', async () => {
  const read = Promise.withResolvers<void>();
  const { client, server } = await start({
    reply: (_, turn) =>
      turn === 0
        ? { text: 'one two', failAfterChunks: 1, gate: (chunk) => (chunk === 1 ? read.promise : undefined) }
        : { text: 'one two', gate: (chunk) => (chunk === 1 ? new Promise(() => undefined) : undefined) },
  });
  const cut = await client.models.generateContentStream({ model, contents: '?' });
  await expect(async () => {
    for await (const _ of cut) read.resolve();
  }).rejects.toThrow('terminated');
  expect(await server.requests[0]?.closed).toBe('cut');
  const leave = new AbortController();
  const config = { abortSignal: leave.signal };
  const left = await client.models.generateContentStream({ model, contents: '?', config });
  await left.next();
  leave.abort();
  await expect(left.next()).rejects.toThrow('aborted');
  expect(await server.requests[1]?.closed).toBe('aborted');
});

test('a request without a key, without contents or with a wrong path is refused as by the provider', async () => {
  const { server } = await start();
  const post = async (path: string, body: string): Promise<unknown> => {
    const response = await fetch(`${server.url}/v1beta/models/${path}`, { method: 'POST', body });
    return [response.status, ((await response.json()) as { error: { status: unknown } }).error.status];
  };
  expect(await post('m:generateContent', '{}')).toEqual([403, 'PERMISSION_DENIED']);
  expect(await post('m:generateContent?key=k', '{')).toEqual([400, 'INVALID_ARGUMENT']);
  expect(await post('m:generateContent?key=k', '{}')).toEqual([400, 'INVALID_ARGUMENT']);
  expect(await post('m:predict?key=k', '{}')).toEqual([404, 'NOT_FOUND']);
});

test('a stream that does not ask for events is one array', async () => {
  const { server } = await start({ reply: () => ({ text: 'one two' }) });
  const response = await fetch(`${server.url}/v1beta/models/${model}:streamGenerateContent?key=k`, {
    method: 'POST',
    body: JSON.stringify({ contents: [] }),
  });
  expect(await response.json()).toHaveLength(2);
});

test('as a program it prints its URL, answers, lists what arrived and ends on SIGTERM', async () => {
  const child = spawn(process.execPath, [new URL('main.ts', import.meta.url).pathname], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = new Promise((resolve) => child.once('exit', resolve));
  const { value: url } = await createInterface({ input: child.stdout })[Symbol.asyncIterator]().next();
  const answer = await clientOf(String(url)).models.generateContent({ model, contents: 'Hello?' });
  expect(answer.text).toBe('You asked: Hello? Here is my answer.');
  const listed = (await (await fetch(new URL('/requests', String(url)))).json()) as readonly unknown[];
  expect(listed).toMatchObject([{ body: { contents: [{ parts: [{ text: 'Hello?' }] }] } }]);
  child.kill('SIGTERM');
  expect(await ended).toBe(0);
});
