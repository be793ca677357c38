// SPDX-License-Identifier: Apache-2.0
import type { ReadableSpan } from '@opentelemetry/sdk-trace';
import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';

import { flow, type ScopeType } from '../../src/api/index.ts';
import { type Json, SCOPE_TYPES } from '../../src/atof/event.ts';
import { openaiChat } from '../../src/codecs/openai-chat.ts';
import { openInferenceContent } from '../../src/projections/openinference-content.ts';
import { isPublished, openInferenceOf } from './openinference-published.ts';
import { startTracing, type Tracing, type TracingOptions } from './tracing.ts';

let tracing: Tracing;
afterEach(() => tracing.stop());

const trace = (options: TracingOptions = {}): void =>
  void (tracing = startTracing({ dialects: ['openinference'], ...options }));

function span(): ReadableSpan {
  const [first, ...others] = tracing.take();
  expect(others).toEqual([]);
  expect(Object.keys(openInferenceOf(first as ReadableSpan)).filter((key) => !isPublished(key))).toEqual([]);
  return first as ReadableSpan;
}
const attributes = (): Record<string, unknown> => openInferenceOf(span());

const answer = (message: object): object => ({
  id: 'chat-1',
  model: 'gpt-5-2026',
  choices: [{ index: 0, finish_reason: 'stop', message: { role: 'assistant', ...message } }],
  usage: { prompt_tokens: 1000, completion_tokens: 3, total_tokens: 1003 },
});
const user = (content: unknown): object => ({ role: 'user', content });
const chat = (content: object, result: unknown = answer({ content: 'ho' })): Promise<unknown> =>
  flow.llm.execute({ name: 'openai', request: { content: { model: 'gpt-5', ...content } } }, () => result);

const scope = (type: ScopeType, input: unknown, output: unknown): Record<string, unknown> => {
  flow.scope.start('s', { type, input }).end({ output });
  const {
    'openinference.span.kind': _,
    'agent.name': __,
    'graph.node.id': ___,
    'tool.name': ____,
    ...own
  } = attributes();
  return own;
};

describe('input and output', () => {
  it.each<ScopeType>(['agent', 'function', 'guardrail', 'evaluator', 'llm'])('of a scope of type %s', (type) => {
    trace();
    expect(scope(type, 'ask', { answer: 1 })).toEqual({
      'output.value': '{"answer":1}',
      'output.mime_type': 'application/json',
      'input.value': 'ask',
      'input.mime_type': 'text/plain',
    });
    expect(scope(type, undefined, undefined)).toEqual({});
  });

  it('of a tool call are its arguments and result', async () => {
    trace();
    await flow.tool.execute({ name: 'find', args: { q: 'x' } }, () => [1]);
    expect(attributes()).toMatchObject({
      'input.value': '{"q":"x"}',
      'input.mime_type': 'application/json',
      'output.value': '[1]',
      'tool.parameters': '{"q":"x"}',
    });
  });

  it('of a retriever have the documents', () => {
    trace();
    const documents = [
      { id: 'd-1', content: 'one', score: 0.9, metadata: { page: 1 } },
      { id: 2, pageContent: 'two' },
      [{ text: 'three' }, 0.5],
      'four',
    ];
    expect(scope('retriever', 'what', documents)).toMatchObject({
      'input.value': 'what',
      'retrieval.documents.0.document.id': 'd-1',
      'retrieval.documents.0.document.content': 'one',
      'retrieval.documents.0.document.score': 0.9,
      'retrieval.documents.0.document.metadata': '{"page":1}',
      'retrieval.documents.1.document.id': 2,
      'retrieval.documents.1.document.content': 'two',
      'retrieval.documents.2.document.content': 'three',
      'retrieval.documents.2.document.score': 0.5,
      'retrieval.documents.3.document.content': 'four',
    });
    expect(scope('retriever', 'what', { documents: ['five'] })).toMatchObject({
      'retrieval.documents.0.document.content': 'five',
    });
    expect(scope('retriever', 'what', null)).toEqual({ 'input.value': 'what', 'input.mime_type': 'text/plain' });
  });

  it('of a reranker have the query and both lists of documents', () => {
    trace();
    const input = { query: 'what', model: 'rank-1', top_n: 1, documents: ['a', { text: 'b' }] };
    expect(scope('reranker', input, { results: [{ relevance_score: 0.7, document: { text: 'b' } }] })).toMatchObject({
      'reranker.query': 'what',
      'reranker.model_name': 'rank-1',
      'reranker.top_k': 1,
      'reranker.output_documents.0.document.content': 'b',
      'reranker.output_documents.0.document.score': 0.7,
      'reranker.input_documents.0.document.content': 'a',
      'reranker.input_documents.1.document.content': 'b',
    });
  });

  it('of an embedder have texts, and no vectors', () => {
    trace();
    expect(scope('embedder', ['one', 'two'], [[0.125], [0.25]])).toEqual({
      'input.value': '["one","two"]',
      'input.mime_type': 'application/json',
      'embedding.embeddings.0.embedding.text': 'one',
      'embedding.embeddings.1.embedding.text': 'two',
    });
  });

  it('of embeddings have texts, and neither tokens nor vectors', async () => {
    trace();
    const vectors = { object: 'list', model: 'embed-1', data: [{ embedding: [0.125], index: 0 }] };
    const embed = async (input: unknown): Promise<Record<string, unknown>> => {
      await flow.llm.execute({ name: 'openai', request: { content: { model: 'embed-1', input } } }, () => vectors);
      return attributes();
    };
    const described = { 'openinference.span.kind': 'EMBEDDING', 'embedding.model_name': 'embed-1' };
    expect(await embed('text')).toEqual({
      ...described,
      'input.value': 'text',
      'input.mime_type': 'text/plain',
      'embedding.embeddings.0.embedding.text': 'text',
    });
    expect(await embed([[1, 2], [3]])).toEqual({
      ...described,
      'input.value': '{"model":"embed-1","input":[[1,2],[3]]}',
      'input.mime_type': 'application/json',
    });
  });

  it('of a model call that no codec knows are what is there, without headers', async () => {
    trace();
    const request = { headers: { 'x-own': 'header' }, content: { prompt: 'p' } };
    await flow.llm.execute({ name: 'own', request }, () => ({ text: 'said', more: 1 }));
    expect(attributes()).toMatchObject({ 'input.value': '{"prompt":"p"}', 'output.value': 'said' });
    await flow.llm.execute({ name: 'own', request }, () => ({ choices: 1 }));
    expect(attributes()).toMatchObject({ 'output.value': '{"choices":1}', 'output.mime_type': 'application/json' });
  });

  it('of a model call that asks for tools only name the tools', async () => {
    trace();
    const calls = ['find', 'read'].map((name) => ({
      id: name,
      type: 'function',
      function: { name, arguments: 'not JSON' },
    }));
    await chat({ messages: [user('hi')] }, answer({ content: null, tool_calls: calls }));
    expect(attributes()).toMatchObject({
      'output.value': 'Requested tools: find, read',
      'llm.output_messages.0.message.tool_calls.1.tool_call.function.arguments': 'not JSON',
    });
  });

  it('of a failed call have the request and the error', async () => {
    trace();
    await expect(chat({ messages: [user('hi')] }, Promise.reject(new RangeError('no')))).rejects.toThrow('no');
    const ended = span();
    expect(ended.attributes).toMatchObject({ 'input.value': 'user: hi', 'error.type': 'RangeError' });
    expect(ended.attributes).not.toHaveProperty('output.value');
  });

  it('of a stream have what it had brought', async () => {
    trace();
    const chunk = (content: string, more: object = {}): object => ({
      id: 'c',
      object: 'chat.completion.chunk',
      model: 'gpt-5',
      choices: [{ index: 0, delta: { content }, ...more }],
    });
    const request = { content: { model: 'gpt-5', stream: true, messages: [user('hi')] } };
    const stream = await flow.llm.stream({ name: 'openai', request }, async function* chunks() {
      yield chunk('h');
      yield chunk('o', { finish_reason: 'stop' });
    });
    for await (const _ of stream);
    expect(attributes()).toMatchObject({
      'llm.invocation_parameters': '{"stream":true}',
      'llm.finish_reason': 'stop',
      'output.value': 'ho',
      'llm.output_messages.0.message.content': 'ho',
      'llm.input_messages.0.message.content': 'hi',
    });
  });

  it('are those of the moment, whatever becomes of the objects', async () => {
    trace();
    const messages = [{ role: 'user', content: 'before' }];
    await chat(
      { messages },
      Promise.resolve(answer({ content: 'ho' })).finally(
        () => ((messages[0] as { content: string }).content = 'after'),
      ),
    );
    expect(attributes()).toMatchObject({
      'input.value': 'user: before',
      'llm.input_messages.0.message.content': 'before',
    });
  });
});

describe('a request that does not fit on a span', () => {
  const long = Array.from({ length: 300 }, (_, index) => user(`message ${index}`));
  const messages = [{ role: 'system', content: 'be kind' }, ...long];
  const tools = [{ type: 'function', function: { name: 'find' } }];

  it.each<TracingOptions>([{}, { dialects: ['gen_ai', 'openinference', 'atof'] }])(
    'costs the oldest messages and nothing else: %j',
    async (options) => {
      trace(options);
      await chat({ messages, tools, temperature: 1 });
      const ended = span();
      expect(Object.keys(ended.attributes)).toHaveLength(128);
      expect(ended.droppedAttributesCount).toBeGreaterThan(400);
      expect(ended.attributes).toMatchObject({
        'openinference.span.kind': 'LLM',
        'llm.model_name': 'gpt-5-2026',
        'llm.invocation_parameters': '{"temperature":1}',
        'llm.token_count.prompt': 1000,
        'llm.token_count.total': 1003,
        'llm.finish_reason': 'stop',
        'output.value': 'ho',
        'llm.output_messages.0.message.content': 'ho',
        'llm.tools.0.tool.json_schema': expect.any(String),
        'llm.input_messages.0.message.content': 'be kind',
        'llm.input_messages.300.message.content': 'message 299',
        'llm.input_messages.290.message.content': 'message 289',
      });
      expect(ended.attributes['input.value']).toContain('user: message 0\n');
      expect(ended.attributes).not.toHaveProperty('llm.input_messages.1.message.content');
    },
  );

  it('costs tools before it costs the instructions, what was asked last and what came last', async () => {
    trace();
    const many = Array.from({ length: 120 }, (_, index) => ({ type: 'function', function: { name: `f${index}` } }));
    const found = { role: 'tool', tool_call_id: 'c', content: 'found' };
    const conversation = [{ role: 'system', content: 'be kind' }, user('before'), user('now'), found];
    await chat({ messages: conversation, tools: many });
    const ended = span();
    expect(Object.keys(ended.attributes)).toHaveLength(128);
    expect(ended.attributes).toMatchObject({
      'llm.input_messages.0.message.content': 'be kind',
      'llm.input_messages.2.message.content': 'now',
      'llm.input_messages.3.message.content': 'found',
      'llm.tools.0.tool.json_schema': expect.any(String),
    });
    expect(ended.attributes).not.toHaveProperty('llm.input_messages.1.message.content');
  });

  it('leaves room for how the call failed', async () => {
    trace();
    await expect(chat({ messages }, Promise.reject(new RangeError('no')))).rejects.toThrow('no');
    expect(span().attributes).toMatchObject({ 'error.type': 'RangeError' });
  });
});

describe('what a sanitizer took out of payloads is on no span:', () => {
  const secret = 'a secret';
  const all = (): string => JSON.stringify(tracing.take().map((each) => [each.attributes, each.events, each.status]));

  it('of a model call', async () => {
    trace({ dialects: ['gen_ai', 'openinference', 'atof'] });
    using _ = flow.llm.addSanitizeRequest('out', (request) =>
      JSON.parse(JSON.stringify(request).replaceAll(secret, 'gone')),
    );
    using __ = flow.llm.addSanitizeResponse('out', async (response) =>
      JSON.parse(JSON.stringify(response).replaceAll(secret, 'gone')),
    );
    await chat({ messages: [user(secret)] }, answer({ content: secret }));
    await flow.flush();
    const recorded = all();
    expect(recorded).not.toContain(secret);
    expect(recorded).toContain('"llm.input_messages.0.message.content":"gone"');
    expect(recorded).toContain('"output.value":"gone"');
  });

  it('of a tool call, also where the sanitizer fails', async () => {
    trace();
    using _ = flow.tool.addSanitizeRequest('broken', () => {
      throw new Error('broken');
    });
    using __ = flow.tool.addSanitizeResponse('out', () => undefined);
    await flow.tool.execute({ name: 'find', args: { q: secret } }, () => secret);
    const recorded = all();
    expect(recorded).not.toContain(secret);
    expect(recorded).not.toContain('input.value');
  });

  it('of a scope', async () => {
    trace();
    using _ = flow.event.addSanitizeScopeStart('out', ({ metadata }) => ({ metadata }));
    using __ = flow.event.addSanitizeScopeEnd('out', async ({ metadata }) => ({ metadata, data: 'gone' }));
    flow.scope.start('s', { input: secret }).end({ output: secret });
    await flow.flush();
    const recorded = all();
    expect(recorded).not.toContain(secret);
    expect(recorded).toContain('"output.value":"gone"');
  });

  it('also where its request cannot be understood any more', async () => {
    trace();
    using _ = flow.llm.addSanitizeRequest('note', () => 'no request' as never);
    await chat({ messages: [user(secret)] });
    const recorded = all();
    expect(recorded).not.toContain(secret);
    expect(recorded).toContain('"input.value":"no request"');
  });
});

it.each(SCOPE_TYPES)('any payload of a scope of type %s makes published attributes, and never an error', (type) => {
  trace();
  const key = fc.constantFrom(
    'content',
    'messages',
    'documents',
    'document',
    'image',
    'type',
    'text',
    'source',
    'tools',
  );
  const { value } = fc.letrec<{ value: Json }>((tie) => ({
    value: fc.oneof(
      { maxDepth: 6 },
      fc.constantFrom(null, 1, '', 'text', 'image', 'base64', true),
      fc.array(tie('value'), { maxLength: 3 }),
      fc.dictionary(key, tie('value'), { maxKeys: 4 }),
    ),
  }));
  const call = { kind: 'llm', codec: openaiChat, callId: undefined, provider: undefined } as const;
  const model = { ...call, model: undefined, streaming: false, server: undefined };
  fc.assert(
    fc.property(value, value, (input, output) => {
      const recorded = {
        ...openInferenceContent({ name: 's', type }, input, output),
        ...openInferenceContent({ name: 's', type, call: model }, { headers: {}, content: input }, output),
      };
      expect(Object.keys(recorded).filter((name) => !isPublished(name))).toEqual([]);
      for (const each of Object.values(recorded)) expect(['string', 'number']).toContain(typeof each);
    }),
  );
});
