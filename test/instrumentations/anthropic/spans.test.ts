// SPDX-License-Identifier: Apache-2.0
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type AnthropicServer, startAnthropicServer } from '../../support/anthropic-server/server.ts';
import { type Collector, type DecodedSpan, startCollector } from '../../support/collector/index.ts';
import { ROOT, runApp } from '../../support/run.ts';

const QUESTION = `{ model: 'claude-test', max_tokens: 20, messages: [{ role: 'user', content: 'hi' }] }`;
const USAGE = { input: 12, output: 5, cacheRead: 4 };

let provider: AnthropicServer;
let collector: Collector;
beforeAll(async () => {
  provider = await startAnthropicServer({
    reply({ body }) {
      const { tools, messages } = body as { tools?: { name: string }[]; messages: object[] };
      const asks = tools !== undefined && !JSON.stringify(messages).includes('"tool_result"');
      if (!asks) return { text: 'Hello there.', usage: USAGE };
      return { toolCalls: tools.map(({ name }) => ({ name, arguments: { of: name } })), usage: USAGE };
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
      ? `import Anthropic from '@anthropic-ai/sdk';`
      : `const Anthropic = (await import('node:module')).createRequire(import.meta.url)('@anthropic-ai/sdk');`;
  const before = collector.spans.length;
  const { code, stderr } = await runApp({
    args: ['--import', `${ROOT}/dist/esm/register.js`],
    code: `${load}\nimport { flow } from '@flow/register/api';\nconst client = new Anthropic();\n${body}`,
    env: {
      ANTHROPIC_BASE_URL: provider.url,
      ANTHROPIC_API_KEY: 'sk',
      OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
      OTEL_NODE_DISABLED_INSTRUMENTATIONS: 'http,undici',
      ...env,
    },
  });
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  return collector.spans.slice(before).toSorted((a, b) => (a.startTimeUnixNano < b.startTimeUnixNano ? -1 : 1));
}

/** Each span with the name of its parent. */
function tree(spans: readonly DecodedSpan[]): readonly string[] {
  const names = new Map(spans.map(({ spanId, name }) => [spanId, name]));
  return spans.map(({ name, parentSpanId }) => `${names.get(parentSpanId ?? '') ?? ''} > ${name}`);
}

const TOOLS = `['good', 'bad', 'banned'].map((name) => ({
  type: 'custom', name, description: name, input_schema: { type: 'object' }, parse: (input) => input,
  run: () => { if (name === 'bad') throw new RangeError('no'); return 'done'; },
}))`;
const LOOP = `
flow.tool.addConditionalExecution('no-banned', (call) => (call.name === 'banned' ? 'not that' : undefined));
const run = (client, stream) => client.beta.messages.toolRunner({ ...${QUESTION}, stream, tools: ${TOOLS} }).runUntilDone();`;

describe('a call', () => {
  it('has one span, with request, server, response and usage; a stream has the same', async () => {
    const spans = await spansOf(
      `await client.messages.create(${QUESTION});
      for await (const event of await client.messages.create({ ...${QUESTION}, stream: true }));
      await client.messages.stream(${QUESTION}).finalMessage();
      await client.beta.messages.create(${QUESTION});
      await client.messages.countTokens({ model: 'claude-test', messages: [{ role: 'user', content: 'hi' }] });`,
    );
    expect(tree(spans)).toEqual(Array.from({ length: 4 }, () => ' > chat claude-test'));
    for (const span of spans) {
      expect(span).toMatchObject({ kind: 3, status: { code: 0 } });
      expect(span.attributes).toMatchObject({
        'gen_ai.operation.name': 'chat',
        'gen_ai.provider.name': 'anthropic',
        'gen_ai.request.model': 'claude-test',
        'gen_ai.request.max_tokens': 20,
        'gen_ai.response.finish_reasons': ['end_turn'],
        'gen_ai.usage.input_tokens': 16,
        'gen_ai.usage.output_tokens': 5,
        'gen_ai.usage.cache_read.input_tokens': 4,
        'server.address': '127.0.0.1',
      });
    }
  });
});

describe.each(['esm', 'cjs'] as const)('with an SDK that was loaded as %s', (format) => {
  it('a tool loop is one scope, with each call and each tool beneath it, streamed or not', async () => {
    const spans = await spansOf(
      `${LOOP} for (const stream of [false, true]) await flow.scope.run('asker', { type: 'agent' }, () => run(client, stream));`,
      {},
      format,
    );
    expect(spans.filter(({ name }) => name === 'no-banned').length).toBeGreaterThanOrEqual(2);
    // One that is slow is told of as well.
    const others = spans.filter(({ name }) => name !== 'no-banned');
    const loop = [
      ' > invoke_agent asker',
      'invoke_agent asker > toolRunner',
      'toolRunner > chat claude-test',
      'toolRunner > execute_tool good',
      'toolRunner > execute_tool bad',
      'toolRunner > chat claude-test',
    ];
    expect(tree(others)).toEqual([...loop, ...loop]);
    for (const [good, bad] of [others.slice(3, 5), others.slice(9, 11)]) {
      expect(good?.attributes).toMatchObject({ 'gen_ai.tool.name': 'good' });
      expect(good?.attributes['gen_ai.tool.call.id']).toMatch(/^toolu_/);
      expect(bad).toMatchObject({ status: { code: 2 }, attributes: { 'error.type': 'RangeError' } });
    }
  });
});

describe("the SDK's own spans", () => {
  const CALLS = `${LOOP} for (const each of clients) { await each.messages.create(${QUESTION}); await run(each, false); }`;
  const OURS = [
    'chat claude-test',
    'chat claude-test',
    'chat claude-test',
    'execute_tool bad',
    'execute_tool good',
    'toolRunner',
  ];
  const THEIRS = [
    'anthropic.custom_tool_use bad',
    'anthropic.custom_tool_use banned',
    'anthropic.custom_tool_use good',
    'anthropic.messages.create',
    'anthropic.messages.create',
    'anthropic.messages.create',
    'anthropic.messages.tool_runner',
  ];
  const named = (spans: readonly DecodedSpan[]): readonly string[] =>
    spans.flatMap(({ name }) => (name === 'no-banned' ? [] : [name])).toSorted();
  const times = (names: readonly string[], count: number): readonly string[] =>
    Array.from({ length: count }, () => names)
      .flat()
      .toSorted();

  it('are off where nothing asks for them, also in copies of a client and in classes that extend it', async () => {
    const spans = await spansOf(
      `class Own extends Anthropic {}
      const clients = [client, client.withOptions({ timeout: 9999 }), new Own(), new Anthropic({ openTelemetry: undefined }), new Anthropic({ openTelemetry: false })];
      ${CALLS}`,
    );
    expect(named(spans)).toEqual(times(OURS, 5));
  });

  it('are those of the calls where an option of the client asks for them, and Flow makes none beside them; policy holds', async () => {
    const spans = await spansOf(
      `const asked = new Anthropic({ openTelemetry: { traces: true } });
      const clients = [asked, new Anthropic({ openTelemetry: {} }), asked.withOptions({ timeout: 9999 }), client.withOptions({ openTelemetry: { traces: { contentMode: 'content' } } })];
      flow.llm.addRequestIntercept('change', (call) => ({ content: { ...call.request.content, max_tokens: 7 } }));
      ${CALLS}`,
    );
    expect(named(spans)).toEqual(times(THEIRS, 4));
    expect(provider.requests.at(-1)?.body).toMatchObject({ max_tokens: 7 });
  });

  it('are on where the environment asks for them, and where spans of the instrumentation are switched off', async () => {
    for (const env of [
      { ANTHROPIC_OPEN_TELEMETRY: 'true' },
      { OTEL_NODE_DISABLED_INSTRUMENTATIONS: 'http,undici,anthropic' },
    ]) {
      const spans = await spansOf(`const clients = [client];\n${CALLS}`, env);
      expect(named(spans)).toEqual(times(THEIRS, 1));
    }
  });
});
