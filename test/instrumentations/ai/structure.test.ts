// SPDX-License-Identifier: Apache-2.0
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { VERSIONS } from '../../support/application-versions.ts';
import { type Collector, startCollector } from '../../support/collector/index.ts';
import type { OpenAiServer } from '../../support/openai-server/server.ts';
import { normalise } from '../../support/golden/normalise.ts';
import {
  byTime,
  eventsIn,
  isAllowed,
  recordTo,
  trajectoriesIn,
  withoutAllowed,
} from '../../support/golden/recorded-files.ts';
import { isOurs, spanTree } from '../../support/golden/span-tree.ts';
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

interface Event {
  readonly uuid: string;
  readonly name: string;
  readonly timestamp: string;
  readonly scope_category?: string;
}

async function run(major: Major, format: string, app: string): Promise<string> {
  const { code, stderr } = await runApp({
    args: ['--import', join(ROOT, 'dist/esm/register.js')],
    file: join(trees.get(major) as string, app),
    programArgs: [major, format, `${server.origin}/${major}-${app}`],
    env: recordTo(join(folder, app, major), collector),
  });
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  return join(folder, app, major);
}

describe.each([
  ['5', 'cjs'],
  ['6', 'cjs'],
  ['7', 'esm'],
] as const)('a streamed run of two agents on ai %s, loaded as %s', (major, format) => {
  // The golden files are of what the newest version of each major sends.
  it.skipIf(VERSIONS !== undefined)(
    'has a scope for each agent, one model span for each inference and one tool span for each call',
    async () => {
      const before = collector.spans.length;
      const files = await run(major, format, 'structure-app.mjs');
      const events = byTime(eventsIn<Event>(files));
      const atof = withoutAllowed(events);
      const atif = trajectoriesIn(files);
      const allowed = new Set<unknown>(events.filter(isAllowed).map(({ uuid }) => uuid));
      const spans = spanTree(
        collector.spans.slice(before).filter(({ attributes }) => !allowed.has(attributes['atof.uuid'])),
      );
      await expect(normalise({ spans, atof, atif }, { also: ADDRESSES })).toMatchFileSnapshot(
        `golden/ai-${major}.json`,
      );
    },
  );
});

describe.each([
  ['5', 'esm'],
  ['6', 'esm'],
  ['7', 'esm'],
] as const)('where the application has ai %s make spans itself', (major, format) => {
  it('there are none of ours beside them, and all events', async () => {
    const before = collector.spans.length;
    const files = await run(major, format, 'telemetry-app.mjs');
    const events = byTime(eventsIn<Event>(files)).filter((event) => event.scope_category === 'start');
    // Each of them twice: with telemetry of the SDK, and without it.
    const operations = ['generateText', 'ai', 'add', 'ai'];
    const streamed = ['streamText', 'ai'];
    const names = [...operations, ...streamed, 'embed', 'ai'];
    expect(events.map(({ name }) => name)).toEqual([...names, ...names]);
    const made = collector.spans.slice(before).filter(isOurs);
    const spans = made.map(({ name }) => name);
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
    const named = made.filter(({ attributes }) => attributes['gen_ai.conversation.id'] === 'session-1');
    expect(named.map(({ name }) => name).toSorted()).toEqual(['embed', 'generateText', 'streamText']);
  });
});
