// SPDX-License-Identifier: Apache-2.0
import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { toTrajectory } from '../../../src/atif/to-trajectory.ts';
import type { AtofEvent } from '../../../src/api/index.ts';
import { type Collector, type DecodedSpan, startCollector } from '../../support/collector/index.ts';
import { expectValidAtif, expectValidAtof } from '../../support/formats/index.ts';
import type { OpenAiServer } from '../../support/openai-server/server.ts';
import { outline } from '../../support/golden/span-tree.ts';
import { normalise } from '../../support/golden/normalise.ts';
import { type AppResult, ROOT, runApp } from '../../support/run.ts';
import { makeTree, startServer } from './installed.ts';
import { structureScript } from './structure-script.ts';

const POLICY = 'no payments';
const tree = makeTree(['structure-app.mjs']);
const files = mkdtempSync(join(tmpdir(), 'flow-agents-files-'));
let server: OpenAiServer;
let collector: Collector;
let spans: readonly DecodedSpan[];
let atof: readonly AtofEvent[];
let result: AppResult;

beforeAll(async () => {
  [server, collector] = await Promise.all([startServer(structureScript), startCollector()]);
  result = await runApp({
    timeout: 50_000,
    args: ['--import', join(ROOT, 'dist/esm/register.js')],
    file: join(tree, 'structure-app.mjs'),
    programArgs: [server.url],
    env: {
      OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
      OTEL_METRICS_EXPORTER: 'none',
      OTEL_LOGS_EXPORTER: 'none',
      OTEL_NODE_DISABLED_INSTRUMENTATIONS: 'http,undici',
      FLOW_ATOF_FILE: join(files, 'events.jsonl'),
      FLOW_ATIF_DIR: join(files, 'atif'),
      FLOW_TOOL_REJECTION: 'answer',
    },
  });
  const text = readFileSync(join(files, 'events.jsonl'), 'utf8');
  expectValidAtof(text);
  atof = text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as AtofEvent);
  const kept = new Set(steady(atof).map(({ metadata }) => metadata?.['span_id']));
  spans = collector.spans
    .filter(({ spanId }) => kept.has(spanId))
    .toSorted((a, b) => (BigInt(a.startTimeUnixNano) < BigInt(b.startTimeUnixNano) ? -1 : 1));
});
afterAll(async () => {
  await Promise.all([server.close(), collector.close()]);
  for (const path of [tree, files]) rmSync(path, { recursive: true });
});

/** A guardrail that took long has a scope of its own: how long is no matter here, nor are payloads of models, which the trajectories hold. */
function steady(events: readonly AtofEvent[]): readonly AtofEvent[] {
  const allowed = new Set(events.filter(isAllowed).map(({ uuid }) => uuid));
  return events
    .filter(({ uuid }) => !allowed.has(uuid))
    .map((event) => {
      const { 'flow.guardrails': _, ...metadata } = event.metadata ?? {};
      return { ...event, metadata, ...(event.category === 'llm' ? { data: null, category_profile: null } : {}) };
    });
}

const isAllowed = ({ name, data }: Pick<AtofEvent, 'name' | 'data'>): boolean =>
  name === POLICY && (data as { allowed?: boolean }).allowed === true;

describe('a streamed run with a handoff, an agent as a tool, guardrails, a failing tool and a rejected call', () => {
  it('answers as it does without Flow', () => {
    expect(result.code).toBe(0);
    expect(JSON.parse(result.stdout)).toEqual({
      output: 'A walk in the sun, then dinner at home.',
      last: 'concierge',
      streamed: true,
    });
  });

  it('is one trace: a span for each agent, one for each inference, one for each call of a tool', () => {
    expect(outline(spans)).toEqual([
      'Evening',
      '  invoke_agent triage',
      '    polite',
      '      invoke_agent judge',
      '        chat gpt-4o',
      '    chat gpt-4o',
      '  invoke_agent concierge',
      '    chat gpt-4o',
      '    execute_tool ask_forecaster',
      '      invoke_agent forecaster',
      '        chat gpt-4o',
      '        execute_tool get_weather',
      '        chat gpt-4o',
      '    chat gpt-4o',
      '    execute_tool book_table',
      '    no payments',
      '    chat gpt-4o',
      '    short',
    ]);
    expect(server.requests).toHaveLength(spans.filter(({ name }) => name.startsWith('chat')).length);
    expect(spans.filter((span) => 'gen_ai.usage.input_tokens' in span.attributes)).toHaveLength(7);
    const conversations = spans.map(({ name, attributes }) => [name, attributes['gen_ai.conversation.id']]);
    expect(conversations.filter(([, id]) => id !== undefined)).toEqual([
      ['invoke_agent triage', 'session-1'],
      ['invoke_agent concierge', 'session-1'],
    ]);
  });

  it('tells the failing tool as an error, and the rejected call as one that never ran', () => {
    expect(spans.filter(({ status }) => status.code === 2).map(({ name, status }) => [name, status.message])).toEqual([
      ['execute_tool book_table', 'no table is free'],
    ]);
    const sent = JSON.stringify(server.requests.at(-1)?.body);
    expect(sent).toContain('The call was rejected: ask a person');
    expect(sent).toContain('An error occurred while running the tool. Please try again.');
  });

  it('is as the golden file has it, in spans, events and trajectories', async () => {
    const atif = readdirSync(join(files, 'atif'))
      .map((name) => JSON.parse(readFileSync(join(files, 'atif', name), 'utf8')) as { agent: { name: string } })
      .toSorted((a, b) => (a.agent.name < b.agent.name ? 1 : -1));
    const whole = toTrajectory(atof);
    for (const document of [...atif, whole]) expectValidAtif(document);
    expect(atif.map(({ agent }) => agent.name)).toEqual(['triage', 'concierge']);
    const told = spans.map(({ name, kind, status, attributes, traceId, spanId, parentSpanId: parent }) => ({
      name,
      kind,
      traceId,
      spanId,
      parent,
      status,
      attributes,
    }));
    await expect(normalise({ spans: told, atof: steady(atof), atif, whole })).toMatchFileSnapshot(
      'golden/openai-agents.json',
    );
  });
});
