// SPDX-License-Identifier: Apache-2.0
import { SeverityNumber, context, logs, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import {
  InMemoryLogRecordExporter,
  LoggerProvider,
  type LoggerProviderOptions,
  type LogRecordProcessor,
  type ReadableLogRecord,
  SimpleLogRecordProcessor,
  createLoggerConfigurator,
} from '@opentelemetry/sdk-logs';
import { AlwaysOffSampler, TracerProvider } from '@opentelemetry/sdk-trace';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type Diagnostic, type Registration, codecs, flow } from '../../src/api/index.ts';
import { getRuntime } from '../../src/api/runtime.ts';

const { settings } = getRuntime().internals;

beforeAll(() => void context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable()));

let undo: (() => unknown)[] = [];
afterEach(async () => {
  for (const each of undo.toReversed()) await each();
  undo = [];
});
const keep = (registration: Registration): unknown => undo.push(() => registration.remove());

function collect({
  content = false,
  processors = [],
  ...options
}: { content?: boolean; processors?: LogRecordProcessor[] } & Omit<
  LoggerProviderOptions,
  'processors'
> = {}): () => readonly ReadableLogRecord[] {
  const exporter = new InMemoryLogRecordExporter();
  const kept = new SimpleLogRecordProcessor({ exporter });
  logs.setGlobalLoggerProvider(new LoggerProvider({ ...options, processors: [...processors, kept] }));
  settings.logContent = content;
  undo.push(() => {
    logs.disable();
    settings.logContent = false;
  });
  return () => {
    const records = [...exporter.getFinishedLogRecords()];
    exporter.reset();
    return records;
  };
}

function traced(sampler?: AlwaysOffSampler): void {
  trace.setGlobalTracerProvider(new TracerProvider(sampler && { sampler }));
  undo.push(() => trace.disable());
}

describe('a mark is a log record', () => {
  it('with its name, time, identity and metadata, and no payload', () => {
    const take = collect();
    let uuid = '';
    flow.scope.run('s', (s) => {
      ({ uuid } = s);
      s.mark('step done', {
        data: { secret: 1 },
        metadata: { shop: 'eu', nested: { a: [1, null] } },
        category: 'custom',
        profile: { subtype: 'x' },
        dataSchema: { name: 'my.step', version: '2' },
        time: 5_000_001,
      });
    });
    const [record, ...others] = take();
    expect(others).toEqual([]);
    expect(record).toMatchObject({
      eventName: 'step done',
      severityNumber: SeverityNumber.INFO,
      severityText: 'INFO',
      hrTime: [5, 1000],
      body: undefined,
      instrumentationScope: { name: '@flow/register' },
      attributes: {
        'flow.mark.uuid': expect.stringMatching(/^[\da-f-]{36}$/),
        'flow.mark.parent_uuid': uuid,
        'flow.mark.root_uuid': expect.any(String),
        'flow.mark.category': 'custom',
        'flow.mark.subtype': 'x',
        'flow.mark.data_schema.name': 'my.step',
        'flow.mark.data_schema.version': '2',
        'flow.mark.metadata': { shop: 'eu', nested: { a: [1, null] } },
      },
    });
    expect(JSON.stringify(record?.attributes)).not.toContain('secret');
  });

  it.each([
    ['trace', SeverityNumber.TRACE, 'TRACE'],
    ['debug', SeverityNumber.DEBUG, 'DEBUG'],
    ['info', SeverityNumber.INFO, 'INFO'],
    ['warn', SeverityNumber.WARN, 'WARN'],
    ['error', SeverityNumber.ERROR, 'ERROR'],
  ] as const)('of severity %s', (severity, severityNumber, severityText) => {
    const take = collect();
    flow.scope.mark('m', { severity });
    expect(take()).toMatchObject([{ severityNumber, severityText }]);
  });

  it('of severity warn for warning, and info for what is none', () => {
    const take = collect();
    for (const word of ['warning', 'constructor', 7]) flow.scope.mark('m', { metadata: { 'flow.log.severity': word } });
    expect(take().map(({ severityText }) => severityText)).toEqual(['WARN', 'INFO', 'INFO']);
  });

  it('with its payload where log records may hold content', () => {
    const take = collect({ content: true });
    flow.scope.mark('m', { data: { text: 'lone \ud800', list: [1, null, true] } });
    flow.scope.mark('text', { data: 'plain' });
    flow.scope.mark('nothing');
    expect(take().map(({ body }) => body)).toEqual([
      { text: 'lone \ufffd', list: [1, null, true] },
      'plain',
      undefined,
    ]);
  });

  it('in the trace of its scope, also when that has ended', () => {
    traced();
    const take = collect();
    const scope = flow.scope.start('s');
    const { traceId, spanId } = scope.run(() => trace.getActiveSpan()?.spanContext()) ?? {};
    scope.mark('open');
    scope.end();
    scope.mark('ended');
    expect(take().map((record) => record.spanContext)).toMatchObject([
      { traceId, spanId },
      { traceId, spanId },
    ]);
  });

  it('where no span is sampled, and where there is none', () => {
    const take = collect();
    flow.scope.run('s', () => flow.scope.mark('m'));
    expect(take()).toHaveLength(1);
    traced(new AlwaysOffSampler());
    flow.scope.run('s', () => flow.scope.mark('m'));
    const [record] = take();
    expect(record?.spanContext?.traceFlags).toBe(0);
  });

  it('as its sanitizers left it, also asynchronous ones, and in its place', async () => {
    const take = collect({ content: true });
    keep(
      flow.event.addSanitizeMark('clean', async (event) => {
        await Promise.resolve();
        return { ...event, data: 'clean', metadata: { clean: true } };
      }),
    );
    flow.scope.run('s', (s) => {
      s.mark('first', { data: 'secret', metadata: { secret: 1 } });
      s.mark('second', { data: 'secret' });
    });
    await flow.flush();
    const records = take();
    expect(records).toMatchObject([
      { eventName: 'first', body: 'clean', attributes: { 'flow.mark.metadata': { clean: true } } },
      { eventName: 'second', body: 'clean' },
    ]);
    expect(JSON.stringify(records.map(({ attributes, body }) => [attributes, body]))).not.toContain('secret');
  });

  it('unless it holds measurements, right or wrong, or nothing is observed', () => {
    const take = collect({ content: true });
    flow.scope.metric('sales', [{ name: 'items', kind: 'counter', value: 1 }]);
    flow.scope.mark('wrong', { data: 1, dataSchema: { name: 'flow.metric_measurements', version: '9' } });
    keep(
      flow.event.addSanitizeScopeStart('s', (event) => {
        flow.scope.mark('inside');
        return event;
      }),
    );
    keep(flow.addSubscriber('somebody', () => undefined));
    flow.scope.run('s', () => 1);
    expect(take()).toEqual([]);
  });

  it('unless the logger wants none of its severity', () => {
    const configurator = createLoggerConfigurator([
      { pattern: '@flow/*', config: { minimumSeverity: SeverityNumber.WARN } },
    ]);
    const take = collect({ loggerConfigurator: configurator });
    flow.scope.mark('m');
    flow.scope.mark('important', { severity: 'error' });
    expect(take().map(({ eventName }) => eventName)).toEqual(['important']);
  });

  it('of a provider that is registered late, or anew', () => {
    flow.scope.mark('before');
    const first = collect();
    flow.scope.mark('first');
    logs.disable();
    const second = collect();
    flow.scope.mark('second');
    expect([...first(), ...second()].map(({ eventName }) => eventName)).toEqual(['first', 'second']);
  });

  it('that a processor may fail on, or make marks of, without an end', () => {
    const diagnostics: Diagnostic[] = [];
    undo.push(flow.onDiagnostic((diagnostic) => void diagnostics.push(diagnostic)));
    const processor: LogRecordProcessor = {
      onEmit() {
        flow.scope.mark('again');
        throw new RangeError('full');
      },
      forceFlush: async () => undefined,
      shutdown: async () => undefined,
    };
    collect({ processors: [processor] });
    flow.scope.mark('m');
    expect(diagnostics).toMatchObject([{ source: 'log', name: 'm', error: { message: 'full' } }]);
  });
});

const options = {
  name: 'openai',
  request: {
    headers: { authorization: 'Bearer secret-key' },
    content: {
      model: 'gpt-test',
      temperature: 0.5,
      messages: [
        { role: 'system', content: 'be kind' },
        { role: 'user', content: 'hi \ud800' },
      ],
      tools: [{ type: 'function', function: { name: 'f', parameters: { type: 'object' } } }],
    },
  },
};
const response = {
  id: 'r',
  object: 'chat.completion',
  model: 'gpt-test-1',
  choices: [{ index: 0, finish_reason: 'stop', message: { role: 'assistant', content: 'hello' } }],
  usage: { prompt_tokens: 3, completion_tokens: 2, total_tokens: 5 },
};

describe('a logger provider of anybody', () => {
  const broken = (): never => {
    throw new RangeError('broken');
  };
  const register = (getLogger: () => unknown): Diagnostic[] => {
    const diagnostics: Diagnostic[] = [];
    undo.push(flow.onDiagnostic((diagnostic) => void diagnostics.push(diagnostic)));
    logs.setGlobalLoggerProvider({ getLogger } as never);
    undo.push(() => logs.disable());
    return diagnostics;
  };

  it('may throw where it is asked for a logger, or for whether it wants one', async () => {
    const diagnostics = register(broken);
    flow.scope.mark('m');
    expect(diagnostics).toMatchObject([{ source: 'log', name: 'getLogger' }]);
    logs.disable();
    logs.setGlobalLoggerProvider({ getLogger: () => ({ emit: broken, enabled: broken }) });
    flow.scope.mark('m');
    expect(await flow.llm.execute(options, () => response)).toBe(response);
    expect(new Set(diagnostics.map(({ name }) => name))).toEqual(new Set(['getLogger', 'enabled']));
  });

  it('gets all marks where it cannot say what it wants', () => {
    const taken: unknown[] = [];
    register(() => ({ emit: (record: { eventName: string }) => taken.push(record.eventName) }));
    flow.scope.mark('m');
    expect(taken).toEqual(['m']);
  });
});

describe('the details of a model call are a log record', () => {
  it('with what its span says and structured content, where log records may hold that', async () => {
    traced();
    const take = collect({ content: true });
    let span = trace.getActiveSpan();
    await flow.llm.execute(options, () => {
      span = trace.getActiveSpan();
      return response;
    });
    const [record, ...others] = take();
    expect(others).toEqual([]);
    expect(record).toMatchObject({
      eventName: 'gen_ai.client.inference.operation.details',
      severityNumber: SeverityNumber.DEBUG,
      spanContext: { spanId: span?.spanContext().spanId },
    });
    expect(record?.attributes).toEqual({
      'gen_ai.operation.name': 'chat',
      'gen_ai.provider.name': 'openai',
      'gen_ai.request.model': 'gpt-test',
      'gen_ai.request.temperature': 0.5,
      'gen_ai.response.id': 'r',
      'gen_ai.response.model': 'gpt-test-1',
      'gen_ai.response.finish_reasons': ['stop'],
      'gen_ai.usage.input_tokens': 3,
      'gen_ai.usage.output_tokens': 2,
      'gen_ai.system_instructions': [{ type: 'text', content: 'be kind' }],
      'gen_ai.input.messages': [{ role: 'user', parts: [{ type: 'text', content: 'hi \ufffd' }] }],
      'gen_ai.output.messages': [
        { role: 'assistant', parts: [{ type: 'text', content: 'hello' }], finish_reason: 'stop' },
      ],
      'gen_ai.tool.definitions': [{ type: 'function', name: 'f', parameters: { type: 'object' } }],
    });
    expect(JSON.stringify(record?.attributes)).not.toContain('secret');
  });

  it('with one message for each answer', async () => {
    const take = collect({ content: true });
    const second = { index: 1, finish_reason: 'length', message: { role: 'assistant', content: 'also' } };
    await flow.llm.execute(options, () => ({ ...response, choices: [...response.choices, second] }));
    expect(take()[0]?.attributes?.['gen_ai.output.messages']).toMatchObject([
      { parts: [{ content: 'hello' }], finish_reason: 'stop' },
      { parts: [{ content: 'also' }], finish_reason: 'length' },
    ]);
  });

  it('with nobody else to observe the call, and for a stream', async () => {
    const take = collect({ content: true });
    const stream = await flow.llm.stream(options, async function* chunks() {
      yield {
        id: 'r',
        object: 'chat.completion.chunk',
        model: 'gpt-test-1',
        choices: [{ index: 0, delta: { role: 'assistant', content: 'hello' }, finish_reason: 'stop' }],
      };
    });
    for await (const each of stream) void each;
    expect(take()).toMatchObject([
      {
        attributes: {
          'gen_ai.request.stream': true,
          'gen_ai.response.time_to_first_chunk': expect.any(Number),
          'gen_ai.output.messages': [{ parts: [{ content: 'hello' }] }],
        },
      },
    ]);
  });

  it('as sanitizers left request and response', async () => {
    const take = collect({ content: true });
    keep(
      flow.llm.addSanitizeRequest('clean', () => ({
        headers: {},
        content: { messages: [{ role: 'user', content: 'clean' }] },
      })),
    );
    keep(flow.llm.addSanitizeResponse('clear', async () => undefined));
    await flow.llm.execute(options, () => response);
    await flow.flush();
    const [record] = take();
    expect(record?.attributes).toMatchObject({
      'gen_ai.input.messages': [{ role: 'user', parts: [{ type: 'text', content: 'clean' }] }],
    });
    expect(record?.attributes).not.toHaveProperty('gen_ai.output.messages');
    expect(record?.attributes).not.toHaveProperty('gen_ai.request.temperature');
    expect(JSON.stringify(record?.attributes)).not.toContain('hello');
  });

  it('without messages where sanitizers cleared both', async () => {
    const take = collect({ content: true });
    keep(flow.llm.addSanitizeRequest('clear', () => undefined));
    keep(flow.llm.addSanitizeResponse('clear', () => undefined));
    await flow.llm.execute(options, () => response);
    const [record] = take();
    expect(record?.attributes).toMatchObject({ 'gen_ai.operation.name': 'chat' });
    expect(Object.keys(record?.attributes ?? {}).filter((name) => name.endsWith('messages'))).toEqual([]);
  });

  it('not without content, nor of embeddings', async () => {
    const take = collect();
    await flow.llm.execute(options, () => response);
    settings.logContent = true;
    const content = { model: 'embed', input: 'text' };
    await flow.llm.execute({ name: 'openai', codec: codecs.openaiEmbeddings, request: { content } }, () => ({}));
    expect(take()).toEqual([]);
  });

  it('of a payload that no codec knows: as it is', async () => {
    const take = collect({ content: true });
    const content = { prompt: 'own' } as never;
    await flow.llm.execute({ name: 'mine', request: { content } }, () => 'plain answer');
    expect(take()[0]?.attributes).toMatchObject({
      'gen_ai.input.messages': { prompt: 'own' },
      'gen_ai.output.messages': 'plain answer',
    });
  });
});

describe('what a model call fails with is a log record', () => {
  const fail = (): never => {
    throw new RangeError('too long');
  };

  it('of severity warn, with class and, where log records have content, message', async () => {
    const take = collect({ content: true });
    await expect(flow.llm.execute(options, fail)).rejects.toThrow(RangeError);
    expect(take()).toMatchObject([
      { eventName: 'gen_ai.client.inference.operation.details' },
      {
        eventName: 'gen_ai.client.operation.exception',
        severityNumber: SeverityNumber.WARN,
        attributes: {
          'exception.type': 'RangeError',
          'exception.message': 'too long',
          'gen_ai.operation.name': 'chat',
          'gen_ai.provider.name': 'openai',
          'gen_ai.request.model': 'gpt-test',
        },
      },
    ]);
  });

  it('without content without the message: providers quote the request in it', async () => {
    const take = collect();
    await expect(flow.llm.execute(options, fail)).rejects.toThrow(RangeError);
    const [record, ...others] = take();
    expect(others).toEqual([]);
    expect(record?.attributes).toMatchObject({ 'exception.type': 'RangeError' });
    expect(JSON.stringify(record?.attributes)).not.toContain('too long');
  });

  it('that is no error: as one of another kind', async () => {
    const take = collect({ content: true });
    const call = flow.llm.execute({ name: 'mine', request: { content: { prompt: 'own' } } }, () =>
      Promise.reject('a text'),
    );
    await expect(call).rejects.toBe('a text');
    expect(take()[1]?.attributes).toEqual({
      'exception.type': '_OTHER',
      'exception.message': 'a text',
      'gen_ai.operation.name': 'chat',
      'gen_ai.provider.name': 'mine',
    });
  });

  it('without the message where a sanitizer took it out, and beside the details', async () => {
    const take = collect({ content: true });
    keep(flow.event.addSanitizeScopeEnd('less', (event) => ({ ...event, metadata: null })));
    await expect(flow.llm.execute(options, fail)).rejects.toThrow(RangeError);
    const [details, exception] = take();
    expect(details?.attributes).toMatchObject({ 'error.type': 'RangeError' });
    expect(exception?.attributes).not.toHaveProperty('exception.message');
  });
});
