// SPDX-License-Identifier: Apache-2.0
import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Collector, startCollector } from '../../support/collector/index.ts';
import { expectValidAtif, expectValidAtof } from '../../support/formats/index.ts';
import type { OpenAiServer } from '../../support/openai-server/server.ts';
import { isOurs, spanTree } from '../../support/golden/span-tree.ts';
import { normalise } from '../../support/golden/normalise.ts';
import { ROOT, runApp } from '../../support/run.ts';
import { type Major, MAJORS, makeApp, startServer } from './installed.ts';
import { structureScript } from './structure-script.ts';

const trees = new Map(MAJORS.map((major) => [major, makeApp(major)]));
const folder = mkdtempSync(join(tmpdir(), 'flow-ai-files-'));
let collector: Collector;
let server: OpenAiServer;
beforeAll(async () => {
  collector = await startCollector();
  server = await startServer(structureScript);
});
afterAll(async () => {
  await collector.close();
  await server.close();
  for (const path of [...trees.values(), folder]) rmSync(path, { recursive: true });
});

const ADDRESSES = [
  [/(?<=127\.0\.0\.1:)\d+/g, 'PORT'],
  [/(?<=node\.js\/)\d+/g, 'N'],
] as const;

/** Guardrails that allowed a call have a scope of their own when they took long, as one of several processes may. */
function withoutAllowed<T>(all: readonly T[], idOf: (each: T) => unknown, events: readonly Event[]): readonly T[] {
  const allowed = events.filter(({ category, data }) => category === 'guardrail' && data?.['allowed'] === true);
  const ids = new Set<unknown>(allowed.map(({ uuid }) => uuid));
  return all.filter((each) => !ids.has(idOf(each)));
}

interface Event {
  readonly uuid: string;
  readonly name: string;
  readonly timestamp: string;
  readonly category?: string;
  readonly scope_category?: string;
  readonly data?: Record<string, unknown> | null;
  readonly metadata?: Record<string, unknown>;
}

async function run(major: Major, format: string, app: string): Promise<string> {
  const { code, stderr } = await runApp({
    args: ['--import', join(ROOT, 'dist/esm/register.js')],
    file: join(trees.get(major) as string, app),
    programArgs: [major, format, `${server.origin}/${major}-${app}`],
    env: {
      OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
      OTEL_METRICS_EXPORTER: 'none',
      OTEL_LOGS_EXPORTER: 'none',
      FLOW_ATOF_FILE: join(folder, app, major, 'events.jsonl'),
      FLOW_ATIF_DIR: join(folder, app, major, 'atif'),
    },
  });
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  return join(folder, app, major);
}

function eventsIn(files: string): readonly Event[] {
  const text = readFileSync(join(files, 'events.jsonl'), 'utf8');
  expectValidAtof(text);
  return text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Event)
    .toSorted((a, b) => (a.timestamp < b.timestamp ? -1 : 1));
}

const withoutTimes = ({ metadata, ...event }: Event): object => {
  const { 'flow.guardrails': _, ...rest } = metadata ?? {};
  return { ...event, metadata: rest };
};

describe.each([
  ['5', 'cjs'],
  ['6', 'cjs'],
  ['7', 'esm'],
] as const)('a streamed run of two agents on ai %s, loaded as %s', (major, format) => {
  it('has a scope for each agent, one model span for each inference and one tool span for each call', async () => {
    const before = collector.spans.length;
    const files = await run(major, format, 'structure-app.mjs');
    const events = eventsIn(files);
    const atof = withoutAllowed(events, ({ uuid }) => uuid, events).map(withoutTimes);
    const atif = readdirSync(join(files, 'atif'))
      .map((name) => JSON.parse(readFileSync(join(files, 'atif', name), 'utf8')) as { agent: { name: string } })
      .toSorted((a, b) => (a.agent.name < b.agent.name ? -1 : 1));
    atif.forEach(expectValidAtif);
    const all = withoutAllowed(collector.spans.slice(before), ({ attributes }) => attributes['atof.uuid'], events);
    const spans = spanTree(all);
    await expect(normalise({ spans, atof, atif }, { also: ADDRESSES })).toMatchFileSnapshot(`golden/ai-${major}.json`);
  });
});

describe.each([
  ['5', 'esm'],
  ['6', 'esm'],
  ['7', 'esm'],
] as const)('where the application has ai %s make spans itself', (major, format) => {
  it('there are none of ours beside them, and all events', async () => {
    const before = collector.spans.length;
    const files = await run(major, format, 'telemetry-app.mjs');
    const events = eventsIn(files).filter((event) => event.scope_category === 'start');
    // Each of them twice: with telemetry of the SDK, and without it.
    const operations = ['generateText', 'ai', 'add', 'ai'];
    const streamed = ['streamText', 'ai'];
    const names = [...operations, ...streamed, 'embed', 'ai'];
    expect(events.map(({ name }) => name)).toEqual([...names, ...names]);
    const spans = collector.spans
      .slice(before)
      .filter(isOurs)
      .map(({ name }) => name);
    const ours = [
      'generateText',
      'chat gpt-test',
      'execute_tool add',
      'chat gpt-test',
      'streamText',
      'chat gpt-test',
      'embed',
      'embeddings e',
    ];
    const theirs = ['generateText', 'generateText.doGenerate', 'toolCall', 'generateText.doGenerate']
      .concat('streamText', 'streamText.doStream', 'embed', 'embed.doEmbed')
      .map((name) => `ai.${name}`);
    expect(spans.toSorted()).toEqual([...(major === '7' ? [] : theirs), ...ours].toSorted());
  });
});
