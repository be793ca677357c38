// SPDX-License-Identifier: Apache-2.0
import { metrics, trace } from '@opentelemetry/api';
import { AlwaysOffSampler, TracerProvider } from '@opentelemetry/sdk-trace';
import { afterEach, describe, expect, it } from 'vitest';
import { type AtofEvent, type Diagnostic, type Registration, type Usage, codecs, flow } from '../../src/api/index.ts';
import { getRuntime } from '../../src/api/runtime.ts';
import { type MetricsCollector, startMetrics, tokensOf } from './metrics-collector.ts';

const { settings } = getRuntime().internals;

let undo: (() => unknown)[] = [];
afterEach(async () => {
  for (const each of undo.toReversed()) await each();
  undo = [];
});
const keep = (registration: Registration): unknown => undo.push(() => registration.remove());

function collect(): MetricsCollector {
  const collector = startMetrics();
  undo.push(() => collector.stop());
  return collector;
}

const options = {
  name: 'openai',
  request: { content: { model: 'gpt-test', messages: [{ role: 'user', content: 'hi' }] } },
};
const response = {
  id: 'r',
  object: 'chat.completion',
  model: 'gpt-test-1',
  choices: [{ index: 0, finish_reason: 'stop', message: { role: 'assistant', content: 'hello' } }],
  usage: {
    prompt_tokens: 30,
    completion_tokens: 20,
    total_tokens: 50,
    prompt_tokens_details: { cached_tokens: 10 },
    completion_tokens_details: { reasoning_tokens: 5 },
  },
};
const chunk = (content: string) => ({
  id: 'r',
  object: 'chat.completion.chunk',
  model: 'gpt-test-1',
  choices: [{ index: 0, delta: { role: 'assistant', content }, finish_reason: null }],
});
async function* chunks(): AsyncGenerator<unknown> {
  yield chunk('a');
  yield chunk('b');
  yield { ...chunk('c'), choices: [{ index: 0, delta: {}, finish_reason: 'stop' }] };
  yield { ...chunk(''), choices: [], usage: { prompt_tokens: 3, completion_tokens: 2, total_tokens: 5 } };
}
const readAll = async (stream: AsyncIterable<unknown>): Promise<void> => {
  for await (const each of stream) void each;
};

const USAGE = {
  'gen_ai.client.inference.usage.input_tokens': 30,
  'gen_ai.client.inference.usage.output_tokens': 20,
  'gen_ai.client.inference.usage.cache_read.input_tokens': 10,
  'gen_ai.client.inference.usage.reasoning.output_tokens': 5,
  'gen_ai.client.inference.operation.input_tokens': 30,
  'gen_ai.client.inference.operation.output_tokens': 20,
};
const MODEL = {
  'gen_ai.operation.name': 'chat',
  'gen_ai.provider.name': 'openai',
  'gen_ai.request.model': 'gpt-test',
  'gen_ai.response.model': 'gpt-test-1',
};

describe('a model call is measured', () => {
  it.each([
    ['with nothing else that observes it', () => undefined],
    ['with spans', () => new TracerProvider()],
    ['where no span is sampled', () => new TracerProvider({ sampler: new AlwaysOffSampler() })],
  ])('%s', async (_, tracing) => {
    const provider = tracing();
    if (provider !== undefined) {
      trace.setGlobalTracerProvider(provider);
      undo.push(() => trace.disable());
    }
    const collector = collect();
    await flow.llm.execute(options, () => response);
    const points = await collector.take();
    expect(tokensOf(points)).toEqual(USAGE);
    const duration = points.find(({ name }) => name === 'gen_ai.client.inference.duration');
    expect(duration).toMatchObject({ unit: 's', count: 1, scope: '@flow/register', attributes: MODEL });
    expect(duration?.value).toBeGreaterThan(0);
    expect(duration?.value).toBeLessThan(10);
    expect(duration?.boundaries).toEqual([
      0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92,
    ]);
    expect(points.find(({ name }) => name.endsWith('operation.input_tokens'))?.boundaries).toEqual([
      1, 4, 16, 64, 256, 1024, 4096, 16384, 65536, 262144, 1048576, 4194304, 16777216, 67108864,
    ]);
    for (const { name, attributes } of points)
      expect(attributes).toEqual(name.includes('.usage.') ? { ...MODEL, 'gen_ai.token.modality': 'unknown' } : MODEL);
  });

  it('with the model by whatever name its provider has for it', async () => {
    const collector = collect();
    const content = { modelId: 'anthropic.claude', messages: [{ role: 'user', content: [{ text: 'hi' }] }] };
    await flow.llm.execute({ name: 'mine', request: { content } }, () => null);
    expect(await collector.take()).toMatchObject([
      { attributes: { 'gen_ai.provider.name': 'aws.bedrock', 'gen_ai.request.model': 'anthropic.claude' } },
    ]);
  });

  it('with the duration that its span has', async () => {
    const ended: { duration: [number, number] }[] = [];
    trace.setGlobalTracerProvider(
      new TracerProvider({
        spanProcessors: [
          {
            onStart: () => undefined,
            onEnd: (span) => void ended.push(span),
            forceFlush: async () => undefined,
            shutdown: async () => undefined,
          },
        ],
      }),
    );
    undo.push(() => trace.disable());
    const collector = collect();
    await flow.llm.execute(options, () => response);
    const [seconds = 0, nanos = 0] = ended[0]?.duration ?? [];
    const point = (await collector.take()).find(({ name }) => name === 'gen_ai.client.inference.duration');
    expect(point?.value).toBeCloseTo(seconds + nanos / 1e9, 6);
  });

  it('with the times that the application gives', async () => {
    const collector = collect();
    const time = Date.now() * 1000;
    flow.llm.start({ ...options, time }).end({ response, time: time + 2_500_000 });
    const points = await collector.take();
    expect(points.find(({ name }) => name === 'gen_ai.client.inference.duration')?.value).toBeCloseTo(2.5, 6);
    expect(tokensOf(points)).toEqual(USAGE);
  });

  it('with the audio tokens apart, so that the sum stays', async () => {
    const collector = collect();
    const usage = { ...response.usage, prompt_tokens_details: { audio_tokens: 12 } };
    await flow.llm.execute(options, () => ({ ...response, usage }));
    const points = (await collector.take()).filter(({ name }) => name.endsWith('.usage.input_tokens'));
    expect(points.map(({ value, attributes }) => [attributes['gen_ai.token.modality'], value])).toEqual([
      ['audio', 12],
      ['unknown', 18],
    ]);
  });

  describe('with usage of', () => {
    const tokens = async (usage: Usage): Promise<unknown[]> => {
      const collector = collect();
      const codec = { ...codecs.openaiChat, decodeResponse: () => ({ usage }) };
      await flow.llm.execute({ ...options, codec }, () => response);
      const points = await collector.take();
      return points
        .filter(({ unit, name }) => unit === '{token}' && !name.includes('.operation.'))
        .map(({ value, attributes }) => [attributes['gen_ai.token.modality'] ?? 'all', value]);
    };
    const all = { input_tokens: 12, audio_input_tokens: 12 };

    it.each<[string, Usage, unknown[]]>([
      ['all of it audio: as audio alone', all, [['audio', 12]]],
      ['more audio than there is: no more than there is', { ...all, input_tokens: 5 }, [['audio', 5]]],
      ['audio that is no count: as if there were none', { ...all, audio_input_tokens: -1 }, [['unknown', 12]]],
      ['none', { input_tokens: 0 }, [['unknown', 0]]],
      ['what is no count: nothing', { input_tokens: 1.5, output_tokens: Number.NaN }, []],
    ])('%s', async (_, usage, expected) => {
      expect(await tokens(usage)).toEqual(expected);
    });

    it.each<[string, Usage, unknown[]]>([
      ['input alone', all, [['all', 12]]],
      ['what is no count: nothing', { input_tokens: 1.5, output_tokens: Number.NaN }, []],
    ])('%s, also under the older names', async (_, usage, expected) => {
      settings.legacyMetrics = true;
      undo.push(() => (settings.legacyMetrics = false));
      expect(await tokens(usage)).toEqual(expected);
    });
  });

  it('that fails: with the class or code of its error, and no message or id', async () => {
    const collector = collect();
    const errors = [
      new RangeError('secret'),
      Object.assign(new Error('x'), { code: 'rate_limit_exceeded' }),
      Object.assign(new Error('x'), { code: 'request 4711 was refused' }),
      'a text',
    ];
    for (const error of errors)
      await expect(
        flow.llm.execute(options, () => {
          throw error;
        }),
      ).rejects.toBe(error);
    const points = await collector.take();
    expect(points.map(({ name, attributes }) => [name, attributes['error.type']])).toEqual([
      ['gen_ai.client.inference.duration', 'RangeError'],
      ['gen_ai.client.inference.duration', 'rate_limit_exceeded'],
      ['gen_ai.client.inference.duration', '_OTHER'],
    ]);
    expect(points[2]?.count).toBe(2);
    expect(JSON.stringify(points)).not.toContain('secret');
  });

  it('that tells no usage: without tokens, not with none', async () => {
    const collector = collect();
    await flow.llm.execute(options, () => ({ ...response, usage: undefined }));
    expect(tokensOf(await collector.take())).toEqual({});
  });

  it('from any number of calls in as many series as there are models', async () => {
    const collector = collect();
    for (let index = 0; index < 50; index++)
      await flow.llm.execute(
        { ...options, metadata: { request: index }, request: { content: { ...options.request.content, seed: index } } },
        () => ({ ...response, id: `r-${index}` }),
      );
    const points = await collector.take();
    expect(points.filter(({ name }) => name === 'gen_ai.client.inference.duration')).toMatchObject([{ count: 50 }]);
    expect(points).toHaveLength(7);
  });

  it('under the older names where those are asked for', async () => {
    settings.legacyMetrics = true;
    undo.push(() => (settings.legacyMetrics = false));
    const collector = collect();
    await flow.llm.execute(options, () => response);
    await readAll(await flow.llm.stream(options, chunks));
    const points = await collector.take();
    expect(
      points.map(({ name, attributes, count }) => [name, attributes['gen_ai.token.type'], count]).toSorted(),
    ).toEqual([
      ['gen_ai.client.operation.duration', undefined, 2],
      ['gen_ai.client.operation.time_per_output_chunk', undefined, 1],
      ['gen_ai.client.operation.time_to_first_chunk', undefined, 1],
      ['gen_ai.client.token.usage', 'input', 2],
      ['gen_ai.client.token.usage', 'output', 2],
    ]);
  });
});

describe('a stream is measured', () => {
  it('to its first chunk, per chunk after that, and with its usage', async () => {
    const collector = collect();
    await readAll(await flow.llm.stream(options, chunks));
    const points = await collector.take();
    expect(tokensOf(points)).toMatchObject({
      'gen_ai.client.inference.usage.input_tokens': 3,
      'gen_ai.client.inference.usage.output_tokens': 2,
    });
    const value = (end: string): number => points.find(({ name }) => name.endsWith(end))?.value ?? Number.NaN;
    expect(value('time_to_first_chunk')).toBeGreaterThan(0);
    expect(value('time_per_output_chunk')).toBeGreaterThan(0);
    expect(value('time_to_first_chunk') + 3 * value('time_per_output_chunk')).toBeLessThanOrEqual(
      value('inference.duration'),
    );
  });

  it('of one chunk without a time per chunk', async () => {
    const collector = collect();
    await readAll(
      await flow.llm.stream(options, async function* one() {
        yield chunk('a');
      }),
    );
    expect((await collector.take()).map(({ name }) => name)).toEqual([
      'gen_ai.client.inference.duration',
      'gen_ai.client.inference.time_to_first_chunk',
    ]);
  });

  it('that its consumer leaves: as no error, with what had come', async () => {
    const collector = collect();
    for await (const each of await flow.llm.stream(options, chunks)) {
      void each;
      break;
    }
    const [duration] = await collector.take();
    expect(duration).toMatchObject({ name: 'gen_ai.client.inference.duration', attributes: MODEL });
    expect(duration?.attributes).not.toHaveProperty('error.type');
  });
});

describe('what a call itself used counts once:', () => {
  it('each attempt is an inference of its own', async () => {
    const collector = collect();
    keep(
      flow.llm.addExecutionIntercept('retry', async (_, next) => {
        try {
          return await next();
        } catch {
          return next();
        }
      }),
    );
    let tries = 0;
    await flow.llm.execute(options, () => {
      if (++tries === 1) throw new RangeError('again');
      return response;
    });
    const points = await collector.take();
    expect(tokensOf(points)).toEqual(USAGE);
    const durations = points.filter(({ name }) => name === 'gen_ai.client.inference.duration');
    expect(durations.reduce((sum, { count = 0 }) => sum + count, 0)).toBe(2);
  });

  it('attempts of a stream too', async () => {
    const collector = collect();
    keep(
      flow.llm.addStreamExecutionIntercept('twice', async (_, next) => {
        await readAll(await next());
        return next();
      }),
    );
    await readAll(await flow.llm.stream(options, chunks));
    expect(tokensOf(await collector.take())).toMatchObject({ 'gen_ai.client.inference.usage.input_tokens': 6 });
  });

  it('a call that an intercept answers made no inference', async () => {
    const collector = collect();
    keep(flow.llm.addExecutionIntercept('cache', () => response));
    keep(flow.tool.addExecutionIntercept('cache', () => 1));
    await flow.scope.run('a', { type: 'agent' }, async () => {
      await flow.llm.execute(options, () => response);
      await flow.tool.execute({ name: 't', args: 1 }, () => 1);
    });
    expect((await collector.take()).map(({ name, value }) => [name, name.endsWith('_calls') ? value : 0])).toEqual([
      ['gen_ai.invoke_agent.duration', 0],
      ['gen_ai.invoke_agent.inference_calls', 0],
      ['gen_ai.invoke_agent.tool_calls', 0],
    ]);
  });

  it('a call that a guardrail refuses is none', async () => {
    const collector = collect();
    keep(flow.llm.addConditionalExecution('no', () => 'never'));
    await expect(flow.llm.execute(options, () => response)).rejects.toMatchObject({
      code: 'FLOW_GUARDRAIL_REJECTED',
    });
    expect(await collector.take()).toEqual([]);
  });
});

describe('other operations:', () => {
  it('embeddings and retrievals have the duration of any operation', async () => {
    const collector = collect();
    const embedding = { model: 'embed', input: 'text' };
    await flow.llm.execute({ name: 'openai', codec: codecs.openaiEmbeddings, request: { content: embedding } }, () => ({
      object: 'list',
      model: 'embed-1',
      data: [{ object: 'embedding', index: 0, embedding: [1] }],
      usage: { prompt_tokens: 4, total_tokens: 4 },
    }));
    flow.scope.run('docs', { type: 'retriever' }, () => 1);
    flow.scope.run('plain', () => 1);
    expect((await collector.take()).map(({ name, attributes }) => [name, attributes])).toEqual([
      [
        'gen_ai.client.operation.duration',
        {
          'gen_ai.operation.name': 'embeddings',
          'gen_ai.provider.name': 'openai',
          'gen_ai.request.model': 'embed',
          'gen_ai.response.model': 'embed-1',
        },
      ],
      ['gen_ai.client.operation.duration', { 'gen_ai.operation.name': 'retrieval' }],
    ]);
  });

  it('a tool has its name, its agent and its error', async () => {
    const collector = collect();
    const fail = (): never => {
      throw new RangeError('no');
    };
    await flow.scope.run('planner', { type: 'agent' }, () =>
      expect(flow.tool.execute({ name: 'search', id: 'call_1', args: { q: 1 } }, fail)).rejects.toThrow(RangeError),
    );
    const point = (await collector.take()).find(({ name }) => name === 'gen_ai.execute_tool.duration');
    expect(point?.attributes).toEqual({
      'gen_ai.operation.name': 'execute_tool',
      'gen_ai.tool.name': 'search',
      'gen_ai.tool.type': 'function',
      'gen_ai.agent.name': 'planner',
      'error.type': 'RangeError',
    });
  });

  it('an agent counts its own calls, failed ones too, and not those of the agents beneath it', async () => {
    const collector = collect();
    const tool = (): Promise<unknown> => flow.tool.execute({ name: 't', args: 1 }, () => 1);
    const fail = (): never => {
      throw new RangeError('no');
    };
    await flow.scope.run('outer', { type: 'agent' }, async () => {
      await flow.llm.execute(options, () => response);
      await expect(flow.llm.execute(options, fail)).rejects.toThrow(RangeError);
      await flow.scope.run('step', () => tool());
      await flow.tool.execute({ name: 'delegate', args: 1 }, () =>
        flow.scope.run('inner', { type: 'agent' }, async () => {
          await flow.llm.execute(options, () => response);
          await Promise.all([tool(), tool(), tool()]);
        }),
      );
    });
    const points = await collector.take();
    const countsOf = (agent: string): unknown =>
      points
        .filter(({ name, attributes }) => name.endsWith('_calls') && attributes['gen_ai.agent.name'] === agent)
        .map(({ unit, value }) => [unit, value]);
    expect(countsOf('outer')).toEqual([
      ['{inference_call}', 2],
      ['{tool_call}', 2],
    ]);
    expect(countsOf('inner')).toEqual([
      ['{inference_call}', 1],
      ['{tool_call}', 3],
    ]);
  });

  it('an agent counts a stream that is read after its end, and each attempt', async () => {
    const collector = collect();
    const stream = await flow.scope.run('a', { type: 'agent' }, () => flow.llm.stream(options, chunks));
    await readAll(stream);
    keep(flow.tool.addExecutionIntercept('twice', async (_, next) => [await next(), await next()]));
    await flow.scope.run('b', { type: 'agent' }, () => flow.tool.execute({ name: 't', args: 1 }, () => 1));
    const points = await collector.take();
    const valueOf = (end: string, agent: string): unknown =>
      points.find(({ name, attributes }) => name.endsWith(end) && attributes['gen_ai.agent.name'] === agent)?.value;
    expect(valueOf('inference_calls', 'a')).toBe(1);
    expect(valueOf('tool_calls', 'b')).toBe(2);
  });
});

describe('a meter provider', () => {
  it('gets no payload, and makes nobody take a snapshot of one', async () => {
    const collector = collect();
    let read = 0;
    const args = {
      get secret() {
        read++;
        return 's';
      },
    };
    await flow.tool.execute({ name: 't', args }, () => args);
    flow.scope.run('a', { type: 'agent', input: args }, () => 1);
    expect(read).toBe(0);
    expect(JSON.stringify(await collector.take())).not.toContain('secret');
  });

  it('that is registered late measures what opens after that, and nothing with a start that nobody knows', async () => {
    let collector: MetricsCollector | undefined;
    await flow.llm.execute(options, () => {
      collector = collect();
      return response;
    });
    expect(await collector?.take()).toEqual([]);
    await flow.llm.execute(options, () => response);
    expect(await collector?.take()).toHaveLength(7);
  });

  it('that throws is reported and disturbs nobody', async () => {
    const diagnostics: Diagnostic[] = [];
    undo.push(flow.onDiagnostic((diagnostic) => void diagnostics.push(diagnostic)));
    const broken = (): never => {
      throw new RangeError('broken');
    };
    metrics.setGlobalMeterProvider({ getMeter: broken });
    undo.push(() => metrics.disable());
    expect(await flow.llm.execute(options, () => response)).toBe(response);
    metrics.disable();
    metrics.setGlobalMeterProvider({ getMeter: () => ({ createHistogram: broken, createCounter: broken }) as never });
    expect(await flow.llm.execute(options, () => response)).toBe(response);
    expect(diagnostics.map(({ source, name }) => [source, name])).toEqual([
      ['metrics', 'getMeter'],
      ['metrics', 'openai'],
    ]);
  });

  it('does not see what is done while nothing is observed', async () => {
    const collector = collect();
    const seen: AtofEvent[] = [];
    keep(
      flow.addSubscriber('nested', async (event) => {
        seen.push(event as AtofEvent);
        await flow.llm.execute(options, () => response);
        flow.scope.run('a', { type: 'agent' }, () => 1);
      }),
    );
    flow.scope.run('plain', () => 1);
    await flow.flush();
    expect(seen).toHaveLength(2);
    expect(await collector.take()).toEqual([]);
  });
});
