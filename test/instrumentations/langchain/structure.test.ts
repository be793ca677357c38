// SPDX-License-Identifier: Apache-2.0
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { VERSIONS } from '../../support/application-versions.ts';
import { type Collector, startCollector } from '../../support/collector/index.ts';
import type { OpenAiServer } from '../../support/openai-server/server.ts';
import { normalise } from '../../support/golden/normalise.ts';
import { eventsIn, recordTo, trajectoriesIn, withoutAllowed } from '../../support/golden/recorded-files.ts';
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

/** The guardrail allows everything but payments. */
const isAllowed = ({ category, data }: Event): boolean =>
  category === 'guardrail' && !['pay', undefined].includes(data?.target_name);

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
      env: recordTo(folder, collector),
      timeout: 60_000,
    });
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const events = withoutAllowed(eventsIn<Event>(folder), isAllowed);
    const deep = events.findIndex(({ name }) => name === 'deep');
    expect(outline(events.slice(deep))).toEqual([
      'agent deep',
      '  llm langchain',
      '  tool task',
      // The first deepagents does not name its sub-agents.
      VERSIONS !== 'oldest' ? '    agent scout' : '    function tools',
      '      llm langchain',
      '      tool weather',
      '      llm langchain',
      '  llm langchain',
    ]);
    const known = new Set(events.map(({ uuid }) => uuid));
    const ours = collector.spans.filter(
      ({ attributes: { 'atof.uuid': uuid } }) => uuid === undefined || known.has(String(uuid)),
    );
    const spans = spanTree(ours) as readonly { readonly name: string }[];
    const first = spans.slice(
      0,
      spans.findIndex(({ name }) => name.endsWith(' deep')),
    );
    // It is what the newest version tells and sends.
    if (VERSIONS !== undefined) return;
    const golden = {
      outline: outline(events.slice(0, deep)),
      spans: first,
      atof: events.slice(0, deep),
      atif: trajectoriesIn(folder).filter(({ agent }) => agent.name !== 'deep'),
    };
    await expect(normalise(golden)).toMatchFileSnapshot('golden/office.json');
  }, 60_000);
});
