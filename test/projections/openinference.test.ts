// SPDX-License-Identifier: Apache-2.0
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Attributes, type Context, type SpanKind, trace as api } from '@opentelemetry/api';
import { type ReadableSpan, type Sampler, SamplingDecision } from '@opentelemetry/sdk-trace';
import { afterEach, describe, expect, it } from 'vitest';

import { OPENINFERENCE } from '../../semconv/index.ts';
import { type Codec, codecs, flow, type ScopeType } from '../../src/api/index.ts';
import { getRuntime } from '../../src/api/runtime.ts';
import { openInferenceResponse } from '../../src/projections/openinference.ts';
import { isPublished, openInferenceOf, PUBLISHED } from './openinference-published.ts';
import { startTracing, type Tracing, type TracingOptions } from './tracing.ts';

let tracing: Tracing;
afterEach(() => tracing?.stop());

const trace = (options: TracingOptions = {}): void =>
  void (tracing = startTracing({ content: false, dialects: ['openinference'], ...options }));

function span(name?: string): ReadableSpan {
  const spans = tracing.take();
  const found = name === undefined ? spans[0] : spans.find((each) => each.name === name);
  for (const each of spans) expect(Object.keys(openInferenceOf(each)).filter((key) => !isPublished(key))).toEqual([]);
  return found as ReadableSpan;
}
const attributes = (name?: string): Record<string, unknown> => openInferenceOf(span(name));

const call = { id: 'c1', type: 'function', function: { name: 'find', arguments: '{"q":1}' } };
const request = {
  model: 'gpt-5',
  temperature: 0.5,
  reasoning_effort: 'low',
  metadata: { secret: 'in the request' },
  user: 'someone',
  tools: [{ type: 'function', function: { name: 'find', description: 'finds', parameters: { type: 'object' } } }],
  messages: [
    { role: 'system', content: 'be kind' },
    {
      role: 'user',
      content: [
        { type: 'text', text: 'look' },
        { type: 'image_url', image_url: { url: 'https://i' } },
        { type: 'input_audio', input_audio: { data: 'AQID', format: 'wav' } },
        { type: 'file', file: { file_id: 'f-1' } },
      ],
    },
    { role: 'assistant', content: null, tool_calls: [call] },
    { role: 'tool', tool_call_id: 'c1', content: 'found' },
  ],
};
const response = {
  id: 'chat-1',
  model: 'gpt-5-2026',
  choices: [
    {
      index: 0,
      finish_reason: 'tool_calls',
      message: { role: 'assistant', content: 'so', reasoning_content: 'hm', tool_calls: [call] },
    },
  ],
  usage: {
    prompt_tokens: 10,
    completion_tokens: 3,
    total_tokens: 13,
    prompt_tokens_details: { cached_tokens: 4, audio_tokens: 1 },
    completion_tokens_details: { reasoning_tokens: 2 },
  },
};
const chat = (content: object = request, result: unknown = response): Promise<unknown> =>
  flow.llm.execute(
    { name: 'openai', request: { headers: { 'x-own': 'header' }, content: { ...content } } },
    () => result,
  );

describe('the names of OpenInference', () => {
  it.each(Object.entries(OPENINFERENCE))('%s is published', (_, name) => {
    expect(PUBLISHED).toContain(name);
  });
});

describe('an OpenInference span', () => {
  it.each<[ScopeType, string, object]>([
    ['agent', 'AGENT', { 'agent.name': 'plan', 'graph.node.id': 'plan' }],
    ['tool', 'TOOL', { 'tool.name': 'plan' }],
    ['llm', 'LLM', {}],
    ['embedder', 'EMBEDDING', {}],
    ['retriever', 'RETRIEVER', {}],
    ['reranker', 'RERANKER', {}],
    ['guardrail', 'GUARDRAIL', {}],
    ['evaluator', 'EVALUATOR', {}],
    ['function', 'CHAIN', {}],
    ['custom', 'CHAIN', {}],
    ['unknown', 'CHAIN', {}],
  ])('of type %s is of kind %s', (type, kind, more) => {
    trace();
    flow.scope.run('plan', { type, input: 'a secret' }, () => undefined);
    expect(attributes()).toEqual({ 'openinference.span.kind': kind, ...more });
  });

  it('has its kind, model, session and parameters when sampling decides', async () => {
    const seen: Attributes[] = [];
    const sampler: Sampler = {
      shouldSample(_context: Context, _id: string, _name: string, _kind: SpanKind, given: Attributes) {
        seen.push({ ...given });
        return { decision: SamplingDecision.RECORD_AND_SAMPLED };
      },
      toString: () => 'recorder',
    };
    trace({ sampler });
    await flow.scope.run('plan', { type: 'agent', metadata: { session_id: 's-1', tags: ['a'] } }, () => chat());
    expect(seen).toMatchObject([
      { 'openinference.span.kind': 'AGENT', 'session.id': 's-1', 'tag.tags': ['a'] },
      {
        'openinference.span.kind': 'LLM',
        'session.id': 's-1',
        'llm.model_name': 'gpt-5',
        'llm.request.model_name': 'gpt-5',
        'llm.provider': 'openai',
        'llm.system': 'openai',
        'llm.invocation_parameters': '{"temperature":0.5,"reasoning_effort":"low"}',
      },
    ]);
  });

  it('of a model call without content has model, usage and outcome, and nothing of what was said', async () => {
    trace();
    await chat();
    const ended = span();
    expect(openInferenceOf(ended)).toEqual({
      'openinference.span.kind': 'LLM',
      'llm.model_name': 'gpt-5-2026',
      'llm.request.model_name': 'gpt-5',
      'llm.response.model_name': 'gpt-5-2026',
      'llm.provider': 'openai',
      'llm.system': 'openai',
      'llm.invocation_parameters': '{"temperature":0.5,"reasoning_effort":"low"}',
      'llm.finish_reason': 'tool_calls',
      'llm.token_count.prompt': 10,
      'llm.token_count.completion': 3,
      'llm.token_count.total': 13,
      'llm.token_count.prompt_details.cache_read': 4,
      'llm.token_count.prompt_details.audio': 1,
      'llm.token_count.completion_details.reasoning': 2,
    });
    const everything = JSON.stringify([ended.attributes, ended.events]);
    for (const said of ['be kind', 'look', 'https://i', 'found', '"so"', 'hm', 'finds', 'secret', 'someone', 'header'])
      expect(everything).not.toContain(said);
  });

  it('of a model call with content is the one that the golden file freezes', async () => {
    trace({ content: true });
    await flow.scope.run('plan', { metadata: { user_id: 'u-1', thread_id: 7 } }, () => chat());
    const golden = join(import.meta.dirname, 'golden/openinference-llm.json');
    const ended = span('chat gpt-5');
    expect(Object.entries(openInferenceOf(ended))).toEqual(
      Object.entries(JSON.parse(readFileSync(golden, 'utf8')) as object),
    );
    expect(JSON.stringify(ended.attributes)).not.toContain('header');
  });

  it('tells cost in US dollars only, and no total that is less than its parts', () => {
    const subject = { name: 'l', type: 'llm' } as const;
    const cost = { total: 0.3, input: 0.1, output: 0.2, source: 'provider_reported' } as const;
    const usage = { input_tokens: 2, output_tokens: 3, total_tokens: 4 };
    expect(openInferenceResponse(subject, undefined, { ...usage, cost: { ...cost, currency: 'USD' } })).toEqual({
      'llm.token_count.prompt': 2,
      'llm.token_count.completion': 3,
      'llm.cost.total': 0.3,
      'llm.cost.prompt': 0.1,
      'llm.cost.completion': 0.2,
    });
    expect(openInferenceResponse(subject, undefined, { cost: { ...cost, currency: 'EUR' } })).toEqual({});
  });

  it.each([
    ['aws.bedrock', 'aws'],
    ['gcp.vertex_ai', 'google'],
    ['azure.ai.openai', 'azure'],
    ['x_ai', 'xai'],
    ['deepseek', 'deepseek'],
    ['constructor', 'constructor'],
  ])('calls the provider %s %s', async (provider, name) => {
    trace();
    await flow.llm.execute({ name: provider, request: { content: { prompt: 'p' } } }, () => null);
    expect(attributes()).toEqual({ 'openinference.span.kind': 'LLM', 'llm.provider': name });
  });

  it.each<[string, object, string | undefined]>([
    [
      'groups of them',
      { generationConfig: { topK: 3, own: 'a secret' }, thinking: { type: 'enabled', budget_tokens: 9, own: 1 } },
      '{"generationConfig":{"topK":3},"thinking":{"type":"enabled","budget_tokens":9}}',
    ],
    ['lists of texts', { stop: ['a', 'b'] }, '{"stop":["a","b"]}'],
    ['flags', { store: false }, '{"store":false}'],
    ['no lists of anything else', { stop: ['a', 1] }, undefined],
    ['no numbers that are none', { temperature: Number.NaN }, undefined],
    ['no objects in place of a value', { temperature: { own: 'a secret' } }, undefined],
    ['no group that is no object', { reasoning: 'a secret', config: null }, undefined],
  ])('of a model call tells of its parameters %s', async (_, content, expected) => {
    trace();
    await flow.llm.execute({ name: 'own', request: { content: { ...content } } }, () => 1);
    expect(attributes()['llm.invocation_parameters']).toBe(expected);
  });

  it('of a model call whose request cannot be read has no parameters', async () => {
    trace();
    const content = Object.defineProperty({ top_p: 1 }, 'temperature', {
      get: () => expect.unreachable('unreadable'),
      enumerable: true,
    });
    await flow.llm.execute({ name: 'own', request: { content } }, () => 1);
    expect(attributes()).toEqual({ 'openinference.span.kind': 'LLM', 'llm.provider': 'own' });
  });

  it('of a model whose provider nobody knows names none', async () => {
    trace();
    const { Call, currentFrame, execute } = getRuntime().internals;
    const input = { headers: {}, content: { input: 'text' } };
    const call = (type: ScopeType, codec?: Codec): Promise<unknown> =>
      execute(new Call({ kind: 'llm', name: 'own', type, input, codec }, currentFrame()), () => 1);
    await call('llm');
    expect(attributes()).toEqual({ 'openinference.span.kind': 'LLM' });
    await call('embedder', codecs.openaiEmbeddings);
    expect(attributes()).toEqual({ 'openinference.span.kind': 'EMBEDDING' });
  });

  it('counts a total also where one of its parts is unknown', () => {
    const name = 'llm.token_count.total';
    const subject = { name: 'm', type: 'llm' } as const;
    expect(openInferenceResponse(subject, undefined, { total_tokens: 5 })).toEqual({ [name]: 5 });
    expect(openInferenceResponse(subject, undefined, { output_tokens: 6, total_tokens: 5 })).not.toHaveProperty([name]);
  });

  it('of a tool call has the name and the id of the call', async () => {
    trace();
    await flow.tool.execute({ name: 'find', id: 'call_1', args: { q: 'a secret' } }, () => 'another secret');
    expect(attributes()).toEqual({ 'openinference.span.kind': 'TOOL', 'tool.name': 'find', 'tool.id': 'call_1' });
  });

  it('of embeddings has the model under the name of embeddings', async () => {
    trace();
    const vectors = {
      object: 'list',
      model: 'embed-1-a',
      data: [{ embedding: [0.5], index: 0 }],
      usage: { prompt_tokens: 2, total_tokens: 2 },
    };
    await flow.llm.execute(
      { name: 'openai', request: { content: { model: 'embed-1', input: 'text' } } },
      () => vectors,
    );
    expect(attributes()).toEqual({
      'openinference.span.kind': 'EMBEDDING',
      'embedding.model_name': 'embed-1-a',
      'llm.token_count.prompt': 2,
      'llm.token_count.total': 2,
    });
  });

  it('is not there while another dialect is asked for, and stands beside it when both are', async () => {
    trace({ dialects: ['gen_ai'], content: true });
    await chat();
    expect(attributes()).toEqual({});
    tracing.stop();
    trace({ dialects: ['gen_ai', 'openinference', 'atof'], content: true });
    await chat();
    const ended = span();
    expect(ended.attributes).toMatchObject({
      'gen_ai.input.messages': expect.any(String),
      'llm.input_messages.0.message.content': 'be kind',
    });
    expect(ended.events[0]?.attributes).toMatchObject({ 'atof.data': expect.any(String) });
  });
});

describe('whose an OpenInference span is', () => {
  const inner = (metadata: object | undefined, around: object): Record<string, unknown> => {
    flow.scope.run('outer', { metadata: { ...around } }, () =>
      flow.scope.run('between', () =>
        flow.scope.run('inner', metadata === undefined ? {} : { metadata: { ...metadata } }, () => 0),
      ),
    );
    return attributes('inner');
  };

  it.each(['session_id', 'conversation_id', 'thread_id'])('is what the nearest scope says as %s', (key) => {
    trace();
    expect(inner(undefined, { [key]: 's-1', user_id: 'u-1' })).toEqual({
      'openinference.span.kind': 'CHAIN',
      'session.id': 's-1',
      'user.id': 'u-1',
    });
    expect(inner({ session_id: 's-2' }, { [key]: 's-1', user_id: 'u-1' })).toMatchObject({
      'session.id': 's-2',
      'user.id': 'u-1',
    });
  });

  it('has metadata and tags of the application, of the start and of the end, and none of the runtime', () => {
    trace();
    const scope = flow.scope.start('s', { metadata: { team: 'a', tags: ['x', 'y'] } });
    scope.end({ metadata: { team: 'b', score: 1 } });
    const { metadata, ...others } = attributes();
    expect(others).toEqual({ 'openinference.span.kind': 'CHAIN', 'tag.tags': ['x', 'y'] });
    expect(JSON.parse(String(metadata))).toEqual({ team: 'b', tags: ['x', 'y'], score: 1 });
  });

  it('is not told before sanitizers have seen it, nor against them, here or below', async () => {
    trace({ content: true });
    using _ = flow.event.addSanitizeScopeStart('no names', ({ data, category_profile, metadata }) =>
      Promise.resolve({
        data,
        category_profile,
        metadata: Object.fromEntries(
          Object.entries(metadata ?? {}).map(([key, value]) => [key, key === 'user_id' ? null : value]),
        ),
      }),
    );
    using __ = flow.event.addSanitizeScopeEnd('no names', ({ data, category_profile }) => ({
      data,
      category_profile,
      metadata: {},
    }));
    await flow.scope.run('outer', { metadata: { user_id: 'somebody', session_id: 's-1' } }, async (scope) => {
      await flow.flush();
      flow.scope.run('inner', () => undefined);
      scope.mark('m');
    });
    await flow.flush();
    const spans = tracing.take();
    expect(JSON.stringify(spans.map((each) => [each.attributes, each.events]))).not.toContain('somebody');
    expect(spans.map((each) => each.attributes['session.id'])).toEqual(['s-1', 's-1']);
  });

  it('has metadata that middleware adds to the start', () => {
    trace();
    using _ = flow.event.addMetadata('added', ({ kind }) => (kind === 'scope' ? { session_id: 's-9' } : undefined));
    flow.scope.run('s', () => undefined);
    expect(attributes()).toMatchObject({ 'session.id': 's-9', metadata: '{"session_id":"s-9"}' });
  });

  it('knows the agents above an agent', () => {
    trace();
    flow.scope.run('lead', { type: 'agent' }, () =>
      flow.scope.run('step', () => flow.scope.run('helper', { type: 'agent' }, () => undefined)),
    );
    expect(attributes('invoke_agent helper')).toMatchObject({
      'graph.node.id': 'helper',
      'graph.node.parent_id': 'lead',
    });
  });

  it('leaves the spans of the application alone', () => {
    trace();
    flow.scope.run('s', { metadata: { session_id: 's-1' } }, () => api.getTracer('own').startSpan('own').end());
    expect(attributes('own')).toEqual({});
  });
});
