// SPDX-License-Identifier: Apache-2.0
import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startCollector } from '../../support/collector/index.ts';
import { expectValidAtif, expectValidAtof } from '../../support/formats/index.ts';
import { asList, asObject } from '../../support/model-server/json.ts';
import { type OpenAiServer, startOpenAiServer } from '../../support/openai-server/server.ts';
import { ROOT, runApp } from '../../support/run.ts';

interface Step {
  readonly source: string;
  readonly message: string;
  readonly tool_calls?: readonly { readonly tool_call_id: string; readonly function_name: string }[];
  readonly observation?: { readonly results: readonly { readonly source_call_id: string; readonly content: string }[] };
}
interface Document {
  readonly session_id: string;
  readonly steps: readonly Step[];
  readonly extra?: Readonly<Record<string, unknown>>;
}

const folder = mkdtempSync(join(tmpdir(), 'flow-runs-'));
const TOOLS = ['search', 'add', 'note'];
// Three turns with one tool each, then the answer. Ids are fresh for each response unless a server fixes them.
const server = (ids?: (prefix: string) => string): Promise<OpenAiServer> =>
  startOpenAiServer({
    reply(request) {
      const turn = asList(asObject(request.body)['messages']).filter(
        (each) => asObject(each)['role'] === 'assistant',
      ).length;
      const name = TOOLS[turn];
      const reply = name === undefined ? { text: 'That is all.' } : { toolCalls: [{ name, arguments: {} }] };
      return ids === undefined ? reply : { ...reply, ids };
    },
  });

async function run(name: string, url: string, env: Record<string, string>): Promise<Document[]> {
  const dir = join(folder, name);
  const result = await runApp({
    args: ['--import', join(ROOT, 'dist/esm/register.js')],
    file: join(ROOT, 'test/instrumentations/openai/loop-app.mjs'),
    env: {
      OPENAI_BASE_URL: url,
      OPENAI_API_KEY: 'sk',
      FLOW_ATIF_DIR: dir,
      FLOW_ATOF_FILE: join(dir, 'events.jsonl'),
      ...env,
    },
  });
  expect({ code: result.code, stderr: result.stderr }).toEqual({ code: 0, stderr: '' });
  expectValidAtof(readFileSync(join(dir, 'events.jsonl'), 'utf8'));
  return readdirSync(dir)
    .filter((file) => file.endsWith('.atif.json'))
    .map((file) => {
      const document = JSON.parse(readFileSync(join(dir, file), 'utf8')) as Document;
      expectValidAtif(document as never);
      return document;
    });
}

function expectWholeLoop({ steps }: Document, about?: string): void {
  expect(steps.map(({ source }) => source)).toEqual(['system', 'user', 'agent', 'agent', 'agent', 'agent']);
  const agents = steps.slice(2);
  expect(agents.map((step) => step.tool_calls?.map((call) => call.function_name) ?? [])).toEqual([
    ['search'],
    ['add'],
    ['note'],
    [],
  ]);
  for (const step of agents.slice(0, 3)) {
    const [call] = step.tool_calls ?? [];
    const [result] = step.observation?.results ?? [];
    expect(result?.source_call_id).toBe(call?.tool_call_id);
    expect(result?.content).toContain(`${call?.function_name} of ${about ?? steps[1]?.message}`);
  }
}

afterAll(() => rmSync(folder, { recursive: true }));

describe('an unmodified while loop over chat completions', () => {
  let provider: OpenAiServer;
  beforeAll(async () => {
    provider = await server();
  });
  afterAll(() => provider.close());

  it('is one trajectory with four agent steps and the observations of the tools that it ran itself', async () => {
    const documents = await run('one', provider.url, { OTEL_TRACES_EXPORTER: 'none' });
    expect(documents).toHaveLength(1);
    expectWholeLoop(documents[0] as Document);
  });

  it('is one trajectory each when twenty run in parallel', async () => {
    const documents = await run('twenty', provider.url, { OTEL_TRACES_EXPORTER: 'none', LOOPS: '20' });
    expect(documents).toHaveLength(20);
    for (const document of documents) expectWholeLoop(document);
    expect(new Set(documents.map(({ steps }) => steps[1]?.message)).size).toBe(20);
  });

  it('is one trajectory each when twenty ask the very same, because their tool call ids differ', async () => {
    const documents = await run('same', provider.url, { OTEL_TRACES_EXPORTER: 'none', LOOPS: '20', SAME: '1' });
    expect(documents).toHaveLength(20);
    for (const document of documents) expectWholeLoop(document, 'the same');
  });

  it('is one trajectory where sampling drops every span', async () => {
    const documents = await run('unsampled', provider.url, {
      OTEL_TRACES_EXPORTER: 'none',
      OTEL_TRACES_SAMPLER: 'always_off',
    });
    expect(documents).toHaveLength(1);
    expectWholeLoop(documents[0] as Document);
  });

  it('gives each of its calls a trace of its own, linked to the one before, and all the same root', async () => {
    const collector = await startCollector();
    await run('traced', provider.url, { OTEL_EXPORTER_OTLP_ENDPOINT: collector.url });
    const spans = collector.spans
      .filter(({ name }) => name === 'chat gpt-test')
      .toSorted((a, b) => (a.startTimeUnixNano < b.startTimeUnixNano ? -1 : 1));
    expect(new Set(spans.map(({ traceId }) => traceId)).size).toBe(4);
    expect(spans.map(({ links }) => links.map(({ spanId }) => spanId))).toEqual([
      [],
      ...spans.slice(0, 3).map(({ spanId }) => [spanId]),
    ]);
    const roots = spans.map(({ events }) =>
      String(
        asObject(JSON.parse(String(events[0]?.attributes['atof.envelope'])))['metadata'] &&
          JSON.parse(String(events[0]?.attributes['atof.envelope'])).metadata.root_uuid,
      ),
    );
    expect(new Set(roots)).toEqual(new Set([roots[0]]));
    expect(roots[0]?.replaceAll('-', '')).toBe(spans[0]?.traceId);
    await collector.close();
  });
});

describe('loops with identical texts and identical ids', () => {
  it('never put a call into a wrong run: each such call starts its own, and its document says so', async () => {
    const provider = await server((prefix) => `${prefix}_fixed`);
    const documents = await run('identical', provider.url, { OTEL_TRACES_EXPORTER: 'none', LOOPS: '2', SAME: '1' });
    await provider.close();
    const calls = documents.flatMap(({ steps }) => steps.filter((step) => step.source === 'agent'));
    const ambiguous = documents.filter(({ extra }) => extra?.['run'] === 'ambiguous_history');
    expect(ambiguous.length).toBeGreaterThan(0);
    // No document holds the same turn of two loops.
    for (const { steps } of documents) {
      const turns = steps.filter(
        (step) => step.source === 'agent' && (step as { is_copied_context?: boolean }).is_copied_context !== true,
      );
      const names = turns.map((step) => step.tool_calls?.[0]?.function_name ?? 'answer');
      expect(new Set(names).size).toBe(names.length);
    }
    expect(calls.length).toBeGreaterThanOrEqual(8);
  });
});
