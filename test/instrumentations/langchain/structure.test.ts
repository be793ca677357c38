// SPDX-License-Identifier: Apache-2.0
import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Collector, startCollector } from '../../support/collector/index.ts';
import { expectValidAtif, expectValidAtof } from '../../support/formats/index.ts';
import type { OpenAiServer } from '../../support/openai-server/server.ts';
import { normalise } from '../../support/golden/normalise.ts';
import { spanTree } from '../../support/golden/span-tree.ts';
import { ROOT, runApp } from '../../support/run.ts';
import { makeTree } from './installed.ts';
import { startModels } from './model-server.ts';

const tree = makeTree();
const folder = mkdtempSync(join(tmpdir(), 'flow-langchain-files-'));
let collector: Collector;
let server: OpenAiServer;
beforeAll(async () => {
  collector = await startCollector();
  server = await startModels();
});
afterAll(async () => {
  await Promise.all([collector.close(), server.close()]);
  for (const path of [tree, folder]) rmSync(path, { recursive: true });
});

interface Event {
  readonly uuid: string;
  readonly parent_uuid: string | null;
  readonly category: string | null;
  readonly name: string;
  readonly scope_category?: string;
  readonly data: { readonly target_name?: string } | null;
  readonly metadata: Readonly<Record<string, unknown>> | null;
}

/** Of a guardrail that allows, how long it took decides what is told. */
function withoutAllowing(events: readonly Event[]): readonly Event[] {
  const allowing = events.filter(
    ({ category, data }) => category === 'guardrail' && !['pay', undefined].includes(data?.target_name),
  );
  const uuids = new Set(allowing.map(({ uuid }) => uuid));
  return events
    .filter(({ uuid }) => !uuids.has(uuid))
    .map(({ metadata, ...event }) => {
      const { 'flow.guardrails': _, ...told } = metadata ?? {};
      return { ...event, metadata: told };
    });
}

/** What began, each indented beneath its parent. */
function outline(events: readonly Event[]): readonly string[] {
  const depths = new Map<string, number>();
  return events
    .filter(({ scope_category: category }) => category === 'start')
    .map(({ uuid, parent_uuid: parent, category, name }) => {
      const depth = (depths.get(parent ?? '') ?? -1) + 1;
      depths.set(uuid, depth);
      return `${'  '.repeat(depth)}${category} ${name}`;
    });
}

describe('a graph of agents', () => {
  it('is one trace with each agent, tool and inference once, in its place', async () => {
    const { code, stderr } = await runApp({
      args: ['--import', join(ROOT, 'dist/esm/register.js')],
      file: join(tree, 'structure-app.mjs'),
      programArgs: [server.origin, 'esm'],
      env: {
        OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
        OTEL_METRICS_EXPORTER: 'none',
        OTEL_LOGS_EXPORTER: 'none',
        FLOW_ATOF_FILE: join(folder, 'events.jsonl'),
        FLOW_ATIF_DIR: join(folder, 'atif'),
      },
      timeout: 60_000,
    });
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const text = readFileSync(join(folder, 'events.jsonl'), 'utf8');
    expectValidAtof(text);
    const events = withoutAllowing(
      text
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line) as Event),
    );
    const deep = events.findIndex(({ name }) => name === 'deep');
    expect(outline(events.slice(deep))).toEqual([
      'agent deep',
      '  llm langchain',
      '  tool task',
      '    agent scout',
      '      llm langchain',
      '      tool weather',
      '      llm langchain',
      '  llm langchain',
    ]);
    const atif = readdirSync(join(folder, 'atif'))
      .map((name) => JSON.parse(readFileSync(join(folder, 'atif', name), 'utf8')) as { agent: { name: string } })
      .toSorted((a, b) => (a.agent.name < b.agent.name ? -1 : 1));
    atif.forEach(expectValidAtif);
    const known = new Set(events.map(({ uuid }) => uuid));
    const ours = collector.spans.filter(
      ({ attributes: { 'atof.uuid': uuid } }) => uuid === undefined || known.has(String(uuid)),
    );
    const spans = spanTree(ours) as readonly { readonly name: string }[];
    const first = spans.slice(
      0,
      spans.findIndex(({ name }) => name.endsWith(' deep')),
    );
    const golden = {
      outline: outline(events.slice(0, deep)),
      spans: first,
      atof: events.slice(0, deep),
      atif: atif.filter(({ agent }) => agent.name !== 'deep'),
    };
    await expect(normalise(golden)).toMatchFileSnapshot('golden/office.json');
  }, 60_000);
});
