// SPDX-License-Identifier: Apache-2.0
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Collector, type DecodedSpan, startCollector } from '../support/collector/index.ts';
import { type OpenAiServer, startOpenAiServer } from '../support/openai-server/server.ts';
import { type AppResult, ROOT, runApp } from '../support/run.ts';

const APPS = join(ROOT, 'test/apps/server');
const CALLER = { traceId: '0af7651916cd43dd8448eb211c80319c', spanId: 'b7ad6b7169203331' };

interface Run extends AppResult {
  readonly collector: Collector;
  readonly provider: OpenAiServer;
  readonly spans: readonly DecodedSpan[];
}

let postgres: ChildProcess;
let port = '';
// Compiling the database takes a while on a busy machine.
beforeAll(async () => {
  postgres = spawn(join(ROOT, 'node_modules/.bin/node'), ['postgres.mjs'], {
    cwd: APPS,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [printed] = (await once(postgres.stdout as NonNullable<ChildProcess['stdout']>, 'data')) as [Buffer];
  port = String(printed).trim();
}, 180_000);
afterAll(() => void postgres.kill());

async function run(file: string, env: Record<string, string> = {}): Promise<Run> {
  const [collector, provider] = [await startCollector(), await startOpenAiServer()];
  try {
    const result = await runApp({
      args: ['--import', join(ROOT, 'dist/esm/register.js')],
      file: join(APPS, file),
      env: {
        OPENAI_BASE_URL: provider.url,
        OPENAI_API_KEY: 'sk-provider-secret',
        OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
        PGPORT: port,
        ...env,
      },
    });
    return { ...result, collector, provider, spans: [...collector.spans] };
  } finally {
    await Promise.all([collector.close(), provider.close()]);
  }
}

/** What each span is beneath, by names. */
function parents(spans: readonly DecodedSpan[]): Record<string, string | undefined> {
  const nameOf = ({ name, kind, scope }: DecodedSpan): string =>
    scope.name.includes('undici') || scope.name.includes('http') ? `${kind === 2 ? 'server' : 'client'} ${name}` : name;
  const names = new Map(spans.map((span) => [span.spanId, nameOf(span)]));
  return Object.fromEntries(
    spans.map((span) => [nameOf(span), names.get(span.parentSpanId) ?? (span.parentSpanId || undefined)]),
  );
}

const AGENT = {
  'invoke_agent guide': 'server POST',
  'chat gpt-test': 'invoke_agent guide',
  'execute_tool lookup': 'invoke_agent guide',
  'pg.query:SELECT postgres': 'execute_tool lookup',
};

describe.each(['server.mjs', 'server.cjs'])('a server that is all in %s and knows nothing of telemetry', (file) => {
  let result: Run;
  beforeAll(async () => {
    result = await run(file);
  });

  it('answers as it always does', () => {
    expect(result).toMatchObject({ code: 0, stderr: '' });
    expect(result.stdout).toContain('Here is my answer.');
  });

  it('continues the trace of its caller, from the request down to the database and the provider', () => {
    expect(parents(result.spans)).toEqual({
      ...AGENT,
      'server POST': CALLER.spanId,
      'client POST': 'chat gpt-test',
      'pg.connect': undefined,
    });
    const strangers = result.spans.filter(({ traceId }) => traceId !== CALLER.traceId);
    expect(strangers.map(({ name }) => name)).toEqual(['pg.connect']);
  });

  it('says of the request what the conventions say, and of its secrets nothing', () => {
    const server = result.spans.find(({ kind }) => kind === 2);
    expect(server?.attributes).toMatchObject({
      'http.request.method': 'POST',
      'http.response.status_code': 200,
      'url.path': '/ask',
      'url.query': 'token=REDACTED',
    });
    const recorded = JSON.stringify([result.spans, result.collector.metrics, result.collector.logs]);
    expect(recorded).not.toMatch(/(?:body|header|cookie|query|provider)-secret/);
  });

  it('measures requests in both directions, and none of those that carry telemetry', () => {
    const names = result.collector.metrics.map(({ name }) => name);
    expect(names).toEqual(expect.arrayContaining(['http.server.request.duration', 'http.client.request.duration']));
    const receiver = Number(new URL(result.collector.url).port);
    expect(JSON.stringify([result.spans, result.collector.metrics])).not.toContain(`"server.port":${receiver}`);
  });

  it('tells the provider nothing of the trace', () => {
    expect(result.provider.requests.map(({ headers }) => [headers['traceparent'], headers['baggage']])).toEqual([
      [undefined, undefined],
    ]);
  });
});

it('the provider is told of the trace once, by the model call, where that is asked for', async () => {
  const { spans, provider } = await run('server.mjs', { FLOW_PROPAGATE_TO_MODELS: 'traceparent' });
  const chat = spans.find(({ name }) => name === 'chat gpt-test');
  expect(provider.requests.map(({ headers }) => headers['traceparent'])).toEqual([
    `00-${CALLER.traceId}-${chat?.spanId}-01`,
  ]);
});

it('instrumentations that are switched off make no spans, and policy holds all the same', async () => {
  const env = { OTEL_NODE_DISABLED_INSTRUMENTATIONS: 'http,openai', REFUSE: '1' };
  const { spans, stdout, stderr } = await run('server.cjs', env);
  expect({ stdout, stderr }).toEqual({ stdout: 'FLOW_GUARDRAIL_REJECTED\n', stderr: '' });
  expect(parents(spans)).toEqual({
    'invoke_agent guide': undefined,
    'pg.connect': undefined,
  });
  // Of the refusal the span that is open tells.
  const told = spans.find(({ name }) => name === 'invoke_agent guide')?.events.map(({ name }) => name);
  expect(told).toEqual(['atof.start', 'atof.mark', 'atof.end']);
});

it('only the instrumentations that are switched on make spans; a name that nobody knows costs one line with the known', async () => {
  const { spans, stderr } = await run('server.mjs', { OTEL_NODE_ENABLED_INSTRUMENTATIONS: 'http,pgsql' });
  expect(stderr.trim().split('\n')).toEqual([
    expect.stringMatching(
      /OTEL_NODE_ENABLED_INSTRUMENTATIONS is "pgsql"; use names .* http, .* openai, .* pg, .* undici/,
    ),
  ]);
  expect(parents(spans)).toEqual({
    'server POST': CALLER.spanId,
    'invoke_agent guide': 'server POST',
    'execute_tool lookup': 'invoke_agent guide',
  });
});

it('an instrumentation that the application starts itself is left to it', async () => {
  const { spans, stderr } = await run('server.cjs', { OWN: '1', FLOW_LOG: 'info' });
  expect(spans.filter(({ name }) => name.startsWith('pg.query'))).toHaveLength(1);
  expect(stderr).toContain('the application loads @opentelemetry/instrumentation-pg itself');
});

it('without an SDK of ours nothing of it starts', async () => {
  const { spans, stdout, stderr } = await run('server.mjs', { OTEL_SDK_DISABLED: 'true', REFUSE: '1' });
  expect({ spans, stdout, stderr }).toEqual({ spans: [], stdout: 'FLOW_GUARDRAIL_REJECTED\n', stderr: '' });
});

it('every request has one span, one trace context and its own headers, however it is sent', async () => {
  const { code, stdout, stderr, spans } = await run('client.mjs');
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(JSON.parse(stdout)).toEqual([
    ['/fetch', 1, null],
    ['/again?api_key=query-secret', 1, null],
    ['/injected', 1, '1'],
    ['/get-injected', 1, '1'],
    ['/get?sig=query-secret', 1, null],
    ['/list', 1, '1'],
  ]);
  const clients = spans.filter(({ kind }) => kind === 3).map(({ attributes }) => String(attributes['url.full']));
  expect(clients.map((url) => url.replace(/^https?:\/\/[^/]+/, '')).toSorted()).toEqual([
    '/again?api_key=REDACTED',
    '/fetch',
    '/get-injected',
    '/get?sig=REDACTED',
    '/injected',
    '/list',
    '/tls',
  ]);
  expect(spans.filter(({ kind }) => kind === 2)).toHaveLength(6);
});
