// SPDX-License-Identifier: Apache-2.0
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Collector, type DecodedSpan, startCollector } from '../../support/collector/index.ts';
import { asObject } from '../../support/model-server/json.ts';
import { type OpenAiServer, startOpenAiServer } from '../../support/openai-server/server.ts';
import { ROOT, runApp } from '../../support/run.ts';

const USAGE = { input: 12, output: 5, cached: 4, reasoning: 2 };
const MESSAGES = `[{ role: 'system', content: 'Be brief.' }, { role: 'user', content: 'hi' }]`;
const PARSE = `{ type: 'function', function: { name: 'weather', parameters: { type: 'object' }, parse: JSON.parse, function: async () => ({ sunny: true }) } }`;

let provider: OpenAiServer;
let collector: Collector;
beforeAll(async () => {
  provider = await startOpenAiServer({
    reply({ body }) {
      const { tools, messages } = asObject(body);
      const asks = tools !== undefined && !JSON.stringify(messages).includes('"tool"');
      return asks
        ? { toolCalls: [{ name: 'weather', arguments: {} }], usage: USAGE }
        : { text: 'Hello there.', usage: USAGE };
    },
  });
});
beforeEach(async () => {
  collector = await startCollector();
  return () => collector.close();
});
afterAll(() => provider.close());

async function spansOf(
  body: string,
  env: Record<string, string> = {},
  format: 'esm' | 'cjs' = 'esm',
): Promise<DecodedSpan[]> {
  const load =
    format === 'esm'
      ? `import OpenAI from 'openai';`
      : `const OpenAI = (await import('node:module')).createRequire(import.meta.url)('openai');`;
  const { code, stderr } = await runApp({
    args: ['--import', `${ROOT}/dist/esm/register.js`],
    code: `${load}\nconst client = new OpenAI();\n${body}`,
    env: { OPENAI_BASE_URL: provider.url, OPENAI_API_KEY: 'sk', OTEL_EXPORTER_OTLP_ENDPOINT: collector.url, ...env },
  });
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  return collector.spans
    .filter(({ scope }) => !scope.name.startsWith('@opentelemetry/'))
    .toSorted((a, b) => (a.startTimeUnixNano < b.startTimeUnixNano ? -1 : 1));
}

const CONTENT = { OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT: 'true' };

describe.each(['esm', 'cjs'] as const)('the span of a call by an openai that was loaded as %s', (format) => {
  it('describes a chat completion: request, server, response and usage', async () => {
    const [span, ...more] = await spansOf(
      `await client.chat.completions.create({ model: 'gpt-test', messages: ${MESSAGES}, temperature: 0.5, max_completion_tokens: 20, stop: 'END' });`,
      {},
      format,
    );
    expect(more).toEqual([]);
    expect(span).toMatchObject({ name: 'chat gpt-test', kind: 3, status: { code: 0 } });
    expect(span?.attributes).toMatchObject({
      'gen_ai.operation.name': 'chat',
      'gen_ai.provider.name': 'openai',
      'gen_ai.request.model': 'gpt-test',
      'gen_ai.request.temperature': 0.5,
      'gen_ai.request.max_tokens': 20,
      'gen_ai.request.stop_sequences': ['END'],
      'gen_ai.response.finish_reasons': ['stop'],
      'gen_ai.usage.input_tokens': 12,
      'gen_ai.usage.output_tokens': 5,
      'gen_ai.usage.cache_read.input_tokens': 4,
      'gen_ai.usage.reasoning.output_tokens': 2,
      'server.address': '127.0.0.1',
      'server.port': Number(new URL(provider.url).port),
    });
    expect(span?.attributes['gen_ai.response.id']).toMatch(/^chatcmpl/);
    expect(span?.events.map(({ name }) => name)).toEqual(['atof.start', 'atof.end']);
    expect(Object.keys(span?.attributes ?? {}).filter((name) => name.includes('messages'))).toEqual([]);
    expect(JSON.stringify(span)).not.toContain('Be brief');
  });
});

it('the copies of ES modules and of CommonJS in one process are both patched, each call once', async () => {
  const body = `const { createRequire } = await import('node:module');
    const Other = createRequire(import.meta.url)('openai');
    for (const each of [client, new Other()]) await each.chat.completions.create({ model: 'gpt-test', messages: ${MESSAGES} });`;
  expect((await spansOf(body)).map(({ name }) => name)).toEqual(['chat gpt-test', 'chat gpt-test']);
});

it('a stream has its time to first chunk, and usage only when somebody asked the provider for it', async () => {
  const body = `for (const options of [{}, { stream_options: { include_usage: true } }]) {
    const stream = await client.chat.completions.create({ model: 'gpt-test', messages: ${MESSAGES}, stream: true, ...options });
    for await (const chunk of stream);
  }`;
  const [silent, asked] = await spansOf(body);
  for (const span of [silent, asked]) {
    expect(span?.attributes).toMatchObject({
      'gen_ai.request.stream': true,
      'gen_ai.response.finish_reasons': ['stop'],
    });
    expect(span?.attributes['gen_ai.response.time_to_first_chunk']).toBeGreaterThan(0);
  }
  expect(silent?.attributes).not.toHaveProperty('gen_ai.usage.input_tokens');
  expect(asked?.attributes).toMatchObject({ 'gen_ai.usage.input_tokens': 12, 'gen_ai.usage.output_tokens': 5 });
});

it('FLOW_STREAM_USAGE=request asks in the place of the application, which sees the chunks it would have seen', async () => {
  const body = `const seen = [];
    const stream = await client.chat.completions.create({ model: 'gpt-test', messages: ${MESSAGES}, stream: true });
    for await (const chunk of stream) seen.push(Object.keys(chunk).includes('usage') || chunk.choices.length === 0);
    if (seen.includes(true) || seen.length < 3) throw new Error('the application saw what it had not asked for');`;
  const [span] = await spansOf(body, { FLOW_STREAM_USAGE: 'request' });
  expect(span?.attributes).toMatchObject({ 'gen_ai.usage.input_tokens': 12, 'gen_ai.usage.output_tokens': 5 });
  expect(asObject(provider.requests.at(-1)?.body)['stream_options']).toEqual({ include_usage: true });
});

it('a response that the application reads by a clone of its own ends its call', async () => {
  const [span] =
    await spansOf(`const response = await client.chat.completions.create({ model: 'gpt-test', messages: ${MESSAGES} }).asResponse();
    if (!(await response.clone().json()).choices) throw new Error('no body');`);
  expect(span?.attributes).toMatchObject({
    'gen_ai.response.finish_reasons': ['stop'],
    'gen_ai.usage.input_tokens': 12,
  });
});

it('a completion of a prompt is a text completion, streamed or not, with its content where that is on', async () => {
  const request = `{ model: 'gpt-test', prompt: 'Once upon a time', max_tokens: 9 }`;
  const spans = await spansOf(
    `await client.completions.create(${request});
    const stream = await client.completions.create({ ...${request}, stream: true, stream_options: { include_usage: true } });
    for await (const chunk of stream);`,
    CONTENT,
  );
  expect(spans.map(({ name }) => name)).toEqual(['text_completion gpt-test', 'text_completion gpt-test']);
  for (const { attributes } of spans) {
    expect(attributes).toMatchObject({
      'gen_ai.operation.name': 'text_completion',
      'gen_ai.provider.name': 'openai',
      'gen_ai.request.max_tokens': 9,
      'gen_ai.response.finish_reasons': ['stop'],
      'gen_ai.usage.input_tokens': 12,
      'gen_ai.usage.output_tokens': 5,
    });
    expect(attributes['gen_ai.input.messages']).toContain('Once upon a time');
    expect(attributes['gen_ai.output.messages']).toContain('Hello there.');
  }
});

it('responses and embeddings have spans of their own operations', async () => {
  const spans =
    await spansOf(`await client.responses.create({ model: 'gpt-test', input: 'hi', reasoning: { effort: 'low' } });
    await client.embeddings.create({ model: 'embed-test', input: ['a', 'b'] });`);
  expect(spans.map(({ name }) => name)).toEqual(['chat gpt-test', 'embeddings embed-test']);
  expect(spans[0]?.attributes).toMatchObject({
    'gen_ai.request.reasoning.level': 'low',
    'gen_ai.usage.input_tokens': 12,
  });
  expect(spans[1]?.attributes).toMatchObject({
    'gen_ai.operation.name': 'embeddings',
    'gen_ai.usage.input_tokens': 2,
  });
});

it('runTools is one trace: its scope, its model calls, and its functions as tools with the ids of their calls', async () => {
  const spans = await spansOf(
    `await client.chat.completions.runTools({ model: 'gpt-test', messages: ${MESSAGES}, tools: [${PARSE}] }).finalContent();`,
    CONTENT,
  );
  expect(spans.map(({ name }) => name)).toEqual(['runTools', 'chat gpt-test', 'execute_tool weather', 'chat gpt-test']);
  const [scope, , tool] = spans;
  expect(new Set(spans.map(({ traceId }) => traceId)).size).toBe(1);
  expect(spans.slice(1).map(({ parentSpanId }) => parentSpanId)).toEqual([scope?.spanId, scope?.spanId, scope?.spanId]);
  expect(tool?.attributes).toMatchObject({
    'gen_ai.tool.name': 'weather',
    'gen_ai.tool.call.arguments': '{}',
    'gen_ai.tool.call.result': '{"sunny":true}',
  });
  expect(tool?.attributes['gen_ai.tool.call.id']).toMatch(/^call_/);
});

it('content is on spans only when it is asked for, in the shapes of the conventions', async () => {
  const [span] = await spansOf(
    `await client.chat.completions.create({ model: 'gpt-test', messages: ${MESSAGES} });`,
    CONTENT,
  );
  const read = (name: string): unknown => JSON.parse(String(span?.attributes[name]));
  expect(read('gen_ai.system_instructions')).toEqual([{ type: 'text', content: 'Be brief.' }]);
  expect(read('gen_ai.input.messages')).toEqual([{ role: 'user', parts: [{ type: 'text', content: 'hi' }] }]);
  expect(read('gen_ai.output.messages')).toEqual([
    { role: 'assistant', parts: [{ type: 'text', content: 'Hello there.' }], finish_reason: 'stop' },
  ]);
});

it("a call that the provider refuses is an error span named after the SDK's own error class", async () => {
  const refusing = await startOpenAiServer({
    reply: () => ({ status: 400, error: { message: 'bad', code: 'bad_thing' } }),
  });
  const [span] = await spansOf(
    `await client.chat.completions.create({ model: 'gpt-test', messages: ${MESSAGES} }).catch((error) => { if (!(error instanceof OpenAI.BadRequestError)) throw error; });`,
    { OPENAI_BASE_URL: refusing.url },
  );
  await refusing.close();
  expect(span?.status.code).toBe(2);
  expect(span?.attributes).toMatchObject({ 'error.type': 'bad_thing' });
});

it('OTEL_NODE_DISABLED_INSTRUMENTATIONS takes the spans away and nothing else', async () => {
  const spans = await spansOf(
    `import { flow } from '@flow/register/api';
     flow.llm.addConditionalExecution('no', () => 'not today');
     const refused = await client.chat.completions.create({ model: 'gpt-test', messages: ${MESSAGES} }).catch((error) => error.code);
     if (refused !== 'FLOW_GUARDRAIL_REJECTED') throw new Error(refused);`,
    { OTEL_NODE_DISABLED_INSTRUMENTATIONS: 'openai' },
  );
  // Neither of the call nor of the guardrail that refused it, and no span for its mark.
  expect(spans.map(({ name }) => name)).toEqual([]);
});
