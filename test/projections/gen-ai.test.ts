// SPDX-License-Identifier: Apache-2.0
import { SpanKind, SpanStatusCode } from '@opentelemetry/api';
import type { ReadableSpan } from '@opentelemetry/sdk-trace';
import { afterEach, describe, expect, it } from 'vitest';

import { GEN_AI } from '../../semconv/index.ts';
import { type Codec, codecs, flow, type ScopeType } from '../../src/api/index.ts';
import { getRuntime } from '../../src/api/runtime.ts';
import { startTracing, type Tracing, type TracingOptions } from './tracing.ts';

let tracing: Tracing;
afterEach(() => tracing.stop());

const trace = (options: TracingOptions = { content: false, dialects: ['gen_ai'] }): void =>
  void (tracing = startTracing(options));

/** The one span that has ended, without the name under which Flow knows its scope. */
function span(): ReadableSpan & { readonly own: Record<string, unknown> } {
  const [first, ...others] = tracing.take();
  expect(others).toEqual([]);
  const { 'atof.uuid': uuid, ...own } = (first as ReadableSpan).attributes;
  expect(uuid).toMatch(/^[0-9a-f-]{36}$/);
  return Object.assign(first as ReadableSpan, { own });
}

const messages = [{ role: 'user', content: 'hi' }];
const usage = {
  prompt_tokens: 10,
  completion_tokens: 3,
  total_tokens: 13,
  prompt_tokens_details: { cached_tokens: 4 },
  completion_tokens_details: { reasoning_tokens: 2 },
};
const answer = {
  id: 'chat-1',
  model: 'gpt-5-2026',
  choices: [{ index: 0, finish_reason: 'stop', message: { role: 'assistant', content: 'ho' } }],
  usage,
};
const chat = (content: object, result: unknown = answer, options: object = {}): Promise<unknown> =>
  flow.llm.execute(
    { name: 'openai', request: { content: { model: 'gpt-5', messages, ...content } }, ...options },
    () => result,
  );

describe('the span of a scope', () => {
  it.each<[ScopeType, string, SpanKind, Record<string, unknown>]>([
    [
      'agent',
      'invoke_agent plan',
      SpanKind.INTERNAL,
      { 'gen_ai.operation.name': 'invoke_agent', 'gen_ai.agent.name': 'plan' },
    ],
    [
      'tool',
      'execute_tool plan',
      SpanKind.INTERNAL,
      { 'gen_ai.operation.name': 'execute_tool', 'gen_ai.tool.name': 'plan', 'gen_ai.tool.type': 'function' },
    ],
    ['llm', 'chat plan', SpanKind.CLIENT, { 'gen_ai.operation.name': 'chat' }],
    ['embedder', 'embeddings plan', SpanKind.CLIENT, { 'gen_ai.operation.name': 'embeddings' }],
    ['retriever', 'retrieval plan', SpanKind.CLIENT, { 'gen_ai.operation.name': 'retrieval' }],
    ['reranker', 'plan', SpanKind.CLIENT, {}],
    ['function', 'plan', SpanKind.INTERNAL, {}],
    ['guardrail', 'plan', SpanKind.INTERNAL, {}],
    ['evaluator', 'plan', SpanKind.INTERNAL, {}],
    ['custom', 'plan', SpanKind.INTERNAL, {}],
    ['unknown', 'plan', SpanKind.INTERNAL, {}],
  ])('of type %s is called %s', (type, name, kind, attributes) => {
    trace();
    flow.scope.run('plan', { type }, () => undefined);
    const ended = span();
    expect(ended).toMatchObject({ name, kind, status: { code: SpanStatusCode.UNSET } });
    expect(ended.own).toEqual(attributes);
    expect(ended.instrumentationScope.name).toBe('@flow/register');
  });

  it.each(['conversation_id', 'session_id', 'thread_id'])(
    'of an agent, or of a scope that is no operation, has the conversation that its metadata calls %s',
    (key) => {
      trace();
      for (const type of ['agent', 'function'] as const) {
        flow.scope.run('plan', { type, metadata: { [key]: 'c-1' } }, () => undefined);
        expect(span().own).toMatchObject({ [GEN_AI.CONVERSATION_ID]: 'c-1' });
      }
    },
  );

  it('lasts exactly as long as its events say', () => {
    trace();
    const time = 1_795_210_000_000_007;
    flow.scope.start('past', { time }).end({ time: time + 1_500_000 });
    expect(span()).toMatchObject({
      startTime: [1_795_210_000, 7000],
      endTime: [1_795_210_001, 500_007_000],
      duration: [1, 500_000_000],
    });
  });

  it('says how it failed', () => {
    trace();
    const error = Object.assign(new TypeError('broken'), { code: 'E_BROKEN' });
    expect(() =>
      flow.scope.run('plan', () => {
        throw error;
      }),
    ).toThrow(error);
    const ended = span();
    expect(ended.status).toEqual({ code: SpanStatusCode.ERROR, message: 'broken' });
    expect(ended.own).toEqual({ 'error.type': 'E_BROKEN' });
  });

  it('does not say what a sanitizer took out of how it failed', () => {
    trace();
    using _ = flow.event.addSanitizeScopeEnd('no words', ({ metadata }) => ({
      metadata: { ...metadata, 'otel.status_description': null },
    }));
    expect(() =>
      flow.scope.run('plan', () => {
        throw new Error('a secret');
      }),
    ).toThrow('a secret');
    expect(span().status).toEqual({ code: SpanStatusCode.ERROR });
  });

  it.each<[string, unknown, string]>([
    ['its class', new RangeError('r'), 'RangeError'],
    ['its class, also under a plain name', new (class OwnError extends Error {})('o'), 'OwnError'],
    ['its code', Object.assign(new Error('c'), { code: 'ENOENT' }), 'ENOENT'],
    ['_OTHER for what is no error', 'text', '_OTHER'],
  ])('has an error.type: %s', (_, error, type) => {
    trace();
    flow.scope.start('s').fail(error);
    expect(span().own).toEqual({ 'error.type': type });
  });
});

describe('the span of a tool call', () => {
  it('has the name and the id of the call', async () => {
    trace();
    await flow.tool.execute({ name: 'find', id: 'call_1', args: {} }, () => 1);
    const ended = span();
    expect(ended).toMatchObject({ name: 'execute_tool find', kind: SpanKind.INTERNAL });
    expect(ended.own).toEqual({
      'gen_ai.operation.name': 'execute_tool',
      'gen_ai.tool.name': 'find',
      'gen_ai.tool.type': 'function',
      'gen_ai.tool.call.id': 'call_1',
    });
  });

  it.each<[unknown, unknown, string | undefined, string | undefined]>([
    [{ q: 'x' }, [1], '{"q":"x"}', '[1]'],
    ['plain', 'text', 'plain', 'text'],
    [null, undefined, undefined, undefined],
    [new Map([['big', 1n]]), new Date(0), '{"big":"1"}', '"1970-01-01T00:00:00.000Z"'],
  ])('has arguments %o and result %o when content is on', async (args, result, recordedArgs, recordedResult) => {
    trace({ content: true, dialects: ['gen_ai'] });
    await flow.tool.execute({ name: 'find', args }, () => result);
    const { own } = span();
    expect([own['gen_ai.tool.call.arguments'], own['gen_ai.tool.call.result']]).toEqual([recordedArgs, recordedResult]);
  });
});

it('content on a span is that of the moment, also when its event waits behind another', async () => {
  trace({ content: true, dialects: ['gen_ai'] });
  const slow = Promise.withResolvers<object>();
  const { remove } = flow.event.addSanitizeScopeStart('slow', () => slow.promise);
  const result = await flow.tool.execute({ name: 'find', args: {} }, () => ({ found: 1 }));
  result.found = 2;
  slow.resolve({});
  await flow.flush();
  remove();
  expect(span().own).toMatchObject({ 'gen_ai.tool.call.result': '{"found":1}' });
});

describe('the span of a model call', () => {
  it('tells what was asked for, what answered, and what it took', async () => {
    trace();
    await chat({
      temperature: 0.5,
      top_p: 0.9,
      max_tokens: 100,
      frequency_penalty: 0.1,
      presence_penalty: 0.2,
      seed: 7,
      n: 2,
      stop: ['a', 'b'],
      reasoning_effort: 'low',
    });
    const ended = span();
    expect(ended).toMatchObject({ name: 'chat gpt-5', kind: SpanKind.CLIENT, status: { code: SpanStatusCode.UNSET } });
    expect(ended.own).toEqual({
      'gen_ai.operation.name': 'chat',
      'gen_ai.provider.name': 'openai',
      'gen_ai.request.model': 'gpt-5',
      'gen_ai.request.temperature': 0.5,
      'gen_ai.request.top_p': 0.9,
      'gen_ai.request.max_tokens': 100,
      'gen_ai.request.frequency_penalty': 0.1,
      'gen_ai.request.presence_penalty': 0.2,
      'gen_ai.request.seed': 7,
      'gen_ai.request.choice.count': 2,
      'gen_ai.request.stop_sequences': ['a', 'b'],
      'gen_ai.request.reasoning.level': 'low',
      'gen_ai.response.id': 'chat-1',
      'gen_ai.response.model': 'gpt-5-2026',
      'gen_ai.response.finish_reasons': ['stop'],
      'gen_ai.usage.input_tokens': 10,
      'gen_ai.usage.output_tokens': 3,
      'gen_ai.usage.cache_read.input_tokens': 4,
      'gen_ai.usage.reasoning.output_tokens': 2,
    });
  });

  it('leaves out what the request leaves out, and what is not of the type that the conventions ask for', async () => {
    trace();
    await chat({ temperature: 'hot', max_tokens: null, seed: Number.NaN, n: 1, stop: [1], reasoning_effort: 5 }, null);
    expect(span().own).toEqual({
      'gen_ai.operation.name': 'chat',
      'gen_ai.provider.name': 'openai',
      'gen_ai.request.model': 'gpt-5',
    });
  });

  it.each<[string, object, object]>([
    ['one text to stop at', { stop: 'end' }, { 'gen_ai.request.stop_sequences': ['end'] }],
    [
      'an effort beside others of its kind',
      { reasoning: { effort: 'high' } },
      { 'gen_ai.request.reasoning.level': 'high' },
    ],
    ['a conversation by its id', { conversation: 'conv_1' }, { 'gen_ai.conversation.id': 'conv_1' }],
    ['a conversation as an object', { conversation: { id: 'conv_2' } }, { 'gen_ai.conversation.id': 'conv_2' }],
  ])('tells %s', async (_, content, expected) => {
    trace();
    await chat(content);
    expect(span().own).toMatchObject(expected);
  });

  it('says where an instrumented SDK sends it, with the port where that is known', async () => {
    trace();
    const { Call, currentFrame, execute } = getRuntime().internals;
    const send = async (server: { address: string; port?: number }): Promise<Record<string, unknown>> => {
      const input = { headers: {}, content: {} };
      await execute(new Call({ kind: 'llm', name: 'own', type: 'llm', input, server }, currentFrame()), () => answer);
      return span().own;
    };
    expect(await send({ address: 'api.host', port: 8443 })).toEqual({
      'gen_ai.operation.name': 'chat',
      'server.address': 'api.host',
      'server.port': 8443,
    });
    expect(await send({ address: 'api.host' })).not.toHaveProperty('server.port');
  });

  it('of a request that cannot be read has what is known beside it', async () => {
    trace();
    const unreadable = new Proxy({}, { get: () => expect.unreachable('unreadable') });
    await flow.llm.execute({ name: 'own', model: 'own-1', request: { content: unreadable } }, () => answer);
    expect(span().own).toEqual({
      'gen_ai.operation.name': 'chat',
      'gen_ai.provider.name': 'own',
      'gen_ai.request.model': 'own-1',
    });
  });

  it('has no usage where the provider told none', async () => {
    trace();
    await chat({}, { ...answer, usage: undefined });
    expect(Object.keys(span().own).filter((name) => name.startsWith('gen_ai.usage'))).toEqual([]);
  });

  it('has the request of a streamed call marked, and the time to its first chunk', async () => {
    trace();
    const chunk = {
      id: 'c',
      object: 'chat.completion.chunk',
      model: 'gpt-5',
      choices: [{ index: 0, delta: { content: 'ho' }, finish_reason: 'stop' }],
    };
    const stream = await flow.llm.stream(
      { name: 'openai', request: { content: { model: 'gpt-5', messages, stream: true } } },
      async function* chunks() {
        yield chunk;
      },
    );
    for await (const each of stream) expect(each).toBe(chunk);
    expect(span().own).toMatchObject({
      'gen_ai.request.stream': true,
      'gen_ai.response.time_to_first_chunk': expect.any(Number),
      'gen_ai.response.finish_reasons': ['stop'],
    });
  });

  it('of embeddings is called embeddings, and holds no vectors', async () => {
    trace({ content: true });
    const content = { model: 'embed-1', input: 'text', dimensions: 2, encoding_format: 'float' };
    const vectors = {
      object: 'list',
      model: 'embed-1',
      data: [{ object: 'embedding', index: 0, embedding: [0.123, 0.456] }],
      usage: { prompt_tokens: 2, total_tokens: 2 },
    };
    await flow.llm.execute({ name: 'openai', request: { content } }, () => vectors);
    const ended = span();
    expect(ended).toMatchObject({ name: 'embeddings embed-1', kind: SpanKind.CLIENT });
    expect(ended.own).toEqual({
      'gen_ai.operation.name': 'embeddings',
      'gen_ai.provider.name': 'openai',
      'gen_ai.request.model': 'embed-1',
      'gen_ai.request.encoding_formats': ['float'],
      'gen_ai.embeddings.dimension.count': 2,
      'gen_ai.response.model': 'embed-1',
      'gen_ai.usage.input_tokens': 2,
    });
  });

  it('of a request that no codec knows has what can be known', async () => {
    trace();
    await flow.llm.execute({ name: 'own', model: 'own-1', request: { content: { prompt: 'p' } } }, () => ({
      text: 't',
    }));
    const ended = span();
    expect(ended.name).toBe('chat own-1');
    expect(ended.own).toEqual({
      'gen_ai.operation.name': 'chat',
      'gen_ai.provider.name': 'own',
      'gen_ai.request.model': 'own-1',
    });
  });

  it('that failed has the class of the error and its message', async () => {
    trace();
    await expect(chat({}, Promise.reject(new RangeError('too many')))).rejects.toThrow('too many');
    const ended = span();
    expect(ended.status).toEqual({ code: SpanStatusCode.ERROR, message: 'too many' });
    expect(ended.own).toMatchObject({ 'error.type': 'RangeError' });
  });

  it('holds all that a codec reads in messages: names, reasoning, instructions, and content of any form', async () => {
    trace({ content: true, dialects: ['gen_ai'] });
    const codec: Codec = {
      ...codecs.openaiChat,
      decodeRequest: () => ({
        instructions: 'be kind',
        messages: [
          { role: 'developer', content: ['be brief', { type: 'text', text: 'too' }] },
          { role: 'user', name: 'ann', content: { own: 1 } },
          { role: 'assistant', reasoning: 'hm', content: '' },
          { role: 'user', content: [1, { own: 2 }, { type: 'own', more: 3 }] },
          { role: 'tool', tool_call_id: 'c1' },
        ],
        params: {},
      }),
      decodeResponse: () => ({ reasoning: 'so', message: '' }),
    };
    await chat({}, answer, { codec });
    const { own } = span();
    const read = (name: string): unknown => JSON.parse(String(own[name]));
    expect(read(GEN_AI.SYSTEM_INSTRUCTIONS)).toEqual([
      { type: 'text', content: 'be kind' },
      { type: 'text', content: 'be brief' },
      { type: 'text', content: 'too' },
    ]);
    expect(read(GEN_AI.INPUT_MESSAGES)).toEqual([
      { role: 'user', name: 'ann', parts: [{ type: 'text', content: '{"own":1}' }] },
      { role: 'assistant', parts: [{ type: 'reasoning', content: 'hm' }] },
      {
        role: 'user',
        parts: [
          { type: 'unknown', content: 1 },
          { type: 'unknown', own: 2 },
          { type: 'own', more: 3 },
        ],
      },
      { role: 'tool', parts: [{ type: 'tool_call_response', id: 'c1', response: null }] },
    ]);
    expect(read(GEN_AI.OUTPUT_MESSAGES)).toEqual([
      { role: 'assistant', parts: [{ type: 'reasoning', content: 'so' }] },
    ]);
  });

  it('has neither messages nor a failure where its codec throws: that is reported, and the call goes on', async () => {
    trace({ content: true, dialects: ['gen_ai'] });
    const failed: string[] = [];
    const undo = flow.onDiagnostic(({ source, name }) => void failed.push(`${source} ${name}`));
    const codec: Codec = {
      ...codecs.openaiChat,
      decodeRequest: () => expect.unreachable('request'),
      decodeResponse: () => expect.unreachable('response'),
    };
    expect(await chat({}, answer, { codec })).toBe(answer);
    undo();
    const { own, status } = span();
    expect(status.code).toBe(SpanStatusCode.UNSET);
    expect(Object.keys(own).filter((name) => name.endsWith('messages'))).toEqual([]);
    expect(failed).toContain('span openai');
  });

  it('holds messages in the shape of the conventions when content is on', async () => {
    trace({ content: true, dialects: ['gen_ai'] });
    const call = { id: 'c1', type: 'function', function: { name: 'find', arguments: '{"q":1}' } };
    const asked = [
      { role: 'system', content: 'be kind' },
      {
        role: 'user',
        content: [
          { type: 'text', text: 'look' },
          { type: 'image_url', image_url: { url: 'https://i' } },
        ],
      },
      { role: 'assistant', content: null, tool_calls: [call] },
      { role: 'tool', tool_call_id: 'c1', content: 'found' },
    ];
    const tools = [{ type: 'function', function: { name: 'find', parameters: { type: 'object' } } }];
    await chat(
      { messages: asked, tools },
      {
        ...answer,
        choices: [
          { index: 0, finish_reason: 'tool_calls', message: { role: 'assistant', content: 'so', tool_calls: [call] } },
        ],
      },
    );
    const { own } = span();
    const read = (name: string): unknown => JSON.parse(String(own[name]));
    expect(read(GEN_AI.SYSTEM_INSTRUCTIONS)).toEqual([{ type: 'text', content: 'be kind' }]);
    expect(read(GEN_AI.INPUT_MESSAGES)).toEqual([
      {
        role: 'user',
        parts: [
          { type: 'text', content: 'look' },
          { type: 'uri', modality: 'image', uri: 'https://i' },
        ],
      },
      { role: 'assistant', parts: [{ type: 'tool_call', id: 'c1', name: 'find', arguments: { q: 1 } }] },
      { role: 'tool', parts: [{ type: 'tool_call_response', id: 'c1', response: 'found' }] },
    ]);
    expect(read(GEN_AI.OUTPUT_MESSAGES)).toEqual([
      {
        role: 'assistant',
        finish_reason: 'tool_calls',
        parts: [
          { type: 'text', content: 'so' },
          { type: 'tool_call', id: 'c1', name: 'find', arguments: { q: 1 } },
        ],
      },
    ]);
    expect(read(GEN_AI.TOOL_DEFINITIONS)).toMatchObject([
      { type: 'function', name: 'find', parameters: { type: 'object' } },
    ]);
  });
});

it.each<[string, object, object]>([
  [
    'inline bytes',
    { type: 'input_audio', input_audio: { data: 'AQID', format: 'wav' } },
    { type: 'blob', modality: 'audio', mime_type: 'audio/wav', content: 'AQID' },
  ],
  [
    'an id of the provider',
    { type: 'file', file: { file_id: 'f-1' } },
    { type: 'file', modality: 'document', file_id: 'f-1' },
  ],
  ['nothing of the kind', { type: 'own', value: 1 }, { type: 'own', value: 1 }],
])('a part of a message with %s is one of the conventions where they have it', async (_, part, recorded) => {
  trace({ content: true, dialects: ['gen_ai'] });
  await chat({ messages: [{ role: 'user', content: [part] }] });
  expect(JSON.parse(String(span().own[GEN_AI.INPUT_MESSAGES]))).toEqual([{ role: 'user', parts: [recorded] }]);
});

describe('the spans of a run', () => {
  it('nest as its scopes and calls do, with the spans of the application between them', async () => {
    trace();
    await flow.scope.run('plan', { type: 'agent' }, async () => {
      await chat({});
      await flow.tool.execute({ name: 'find', args: {} }, () => flow.scope.run('inner', () => undefined));
    });
    const spans = tracing.take();
    const byName = (name: string): ReadableSpan | undefined => spans.find((each) => each.name === name);
    const parents = ['chat gpt-5', 'execute_tool find', 'inner'].map((name) => byName(name)?.parentSpanContext?.spanId);
    const ids = ['invoke_agent plan', 'invoke_agent plan', 'execute_tool find'].map(
      (name) => byName(name)?.spanContext().spanId,
    );
    expect(parents).toEqual(ids);
    expect(new Set(spans.map((each) => each.spanContext().traceId)).size).toBe(1);
  });

  it('of a sampled-out trace are not made, and their scopes still have a root', async () => {
    const { AlwaysOffSampler } = await import('@opentelemetry/sdk-trace');
    tracing = startTracing({ sampler: new AlwaysOffSampler() });
    const uuids = flow.scope.run('plan', { type: 'agent' }, (scope) => [
      scope.rootUuid,
      flow.scope.run('inner', (inner) => inner.rootUuid),
    ]);
    expect(tracing.take()).toEqual([]);
    expect(uuids[0]).toBe(uuids[1]);
  });
});
