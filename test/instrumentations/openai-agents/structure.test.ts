// SPDX-License-Identifier: Apache-2.0
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { toTrajectory } from '../../../src/atif/to-trajectory.ts';
import type { AtofEvent } from '../../../src/api/index.ts';
import type { Trajectory } from '../../../src/atif/trajectory.ts';
import { VERSIONS } from '../../support/application-versions.ts';
import { type Collector, type DecodedSpan, startCollector } from '../../support/collector/index.ts';
import type { OpenAiServer } from '../../support/openai-server/server.ts';
import { spansOf, toldOf } from '../../support/golden/kept-spans.ts';
import { normalise } from '../../support/golden/normalise.ts';
import { eventsIn, recordTo, trajectoriesIn, withoutAllowed } from '../../support/golden/recorded-files.ts';
import { outline } from '../../support/golden/span-tree.ts';
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
/** Of the runs after the first one. */
let others: readonly DecodedSpan[];
let result: AppResult;

beforeAll(async () => {
  [server, collector] = await Promise.all([startServer(structureScript), startCollector()]);
  result = await runApp({
    timeout: 50_000,
    args: ['--import', join(ROOT, 'dist/esm/register.js')],
    file: join(tree, 'structure-app.mjs'),
    programArgs: [server.url],
    env: {
      ...recordTo(files, collector),
      OTEL_NODE_DISABLED_INSTRUMENTATIONS: 'http,undici',
      FLOW_TOOL_REJECTION: 'answer',
    },
  });
  const all = eventsIn<AtofEvent>(files);
  const isFirst = ({ metadata }: AtofEvent): boolean => metadata?.['root_uuid'] === all[0]?.metadata?.['root_uuid'];
  atof = all.filter(isFirst);
  spans = spansOf(steady(atof), collector.spans);
  others = spansOf(
    all.filter((event) => !isFirst(event)),
    collector.spans,
  );
});
afterAll(async () => {
  await Promise.all([server.close(), collector.close()]);
  for (const path of [tree, files]) rmSync(path, { recursive: true });
});

/** Without what differs from run to run, and without payloads of models, which the trajectories hold. */
function steady(events: readonly AtofEvent[]): readonly AtofEvent[] {
  return withoutAllowed(events, isAllowed).map((event) =>
    event.category === 'llm' ? { ...event, data: null, category_profile: null } : event,
  );
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
    const chats = [...spans, ...others].filter(({ name }) => name.startsWith('chat'));
    expect(server.requests).toHaveLength(chats.length);
    expect(spans.filter((span) => 'gen_ai.usage.input_tokens' in span.attributes)).toHaveLength(7);
    const conversations = spans.map(({ name, attributes }) => [name, attributes['gen_ai.conversation.id']]);
    // The oldest have no sessions.
    const agents = VERSIONS === 'oldest' ? [] : ['Evening', 'invoke_agent triage', 'invoke_agent concierge'];
    expect(conversations.filter(([, id]) => id !== undefined)).toEqual(agents.map((name) => [name, 'session-1']));
  });

  it('tells the failing tool as an error, and the rejected call as one that never ran', () => {
    expect(spans.filter(({ status }) => status.code === 2).map(({ name, status }) => [name, status.message])).toEqual([
      ['execute_tool book_table', 'no table is free'],
    ]);
    const sent = JSON.stringify(server.requests[spans.filter(({ name }) => name.startsWith('chat')).length - 1]?.body);
    expect(sent).toContain('The call was rejected: ask a person');
    expect(sent).toContain('An error occurred while running the tool. Please try again.');
  });

  // It is what the newest version tells and sends.
  it.skipIf(VERSIONS !== undefined)('is as the golden file has it, in spans, events and trajectories', async () => {
    const [atif] = trajectories('triage');
    const golden = { spans: toldOf(spans), atof: steady(atof), atif };
    await expect(normalise(golden)).toMatchFileSnapshot('golden/openai-agents.json');
  });
});

describe('handoffs', () => {
  it('are one trajectory with both agents, as the events of the run are: steps tell whose they are', () => {
    const [whole = expect.unreachable(), ...more] = trajectories('triage');
    expect(more).toEqual([]);
    const { session_id: sessionId = '', trajectory_id: trajectoryId = '' } = whole;
    expect(toTrajectory(atof, { sessionId, trajectoryId })).toEqual(whole);
    const said = whole.steps.map(({ source, tool_calls: calls = [], extra }) => {
      const { parent_name: agent } = (extra?.['ancestry'] ?? {}) as { readonly parent_name?: string };
      return [source, agent, ...calls.map(({ function_name: name }) => name)];
    });
    expect(said).toEqual([
      ['agent', undefined, 'judge'],
      ['system', 'triage'],
      ['user', 'triage'],
      ['agent', 'triage', 'transfer_to_concierge'],
      ['system', 'concierge'],
      ['agent', 'concierge', 'ask_forecaster'],
      ['agent', 'concierge', 'book_table', 'pay'],
      ['agent', 'concierge'],
    ]);
  });

  it('begin a scope for each part, also of an agent with the same name, and of the same agent', () => {
    const parts = (name: string, count: number): readonly string[] => [
      'Evening',
      ...Array.from({ length: count }, () => [`  invoke_agent ${name}`, '    chat gpt-4o']).flat(),
    ];
    expect(outline(others)).toEqual([...parts('helper', 3), ...parts('loner', 2)]);
    expect(['helper', 'loner'].map((name) => trajectories(name).map(({ steps }) => steps.length))).toEqual([[7], [4]]);
  });
});

/** The documents of runs that this agent began. */
function trajectories(agent: string): readonly Trajectory[] {
  return (trajectoriesIn(files) as readonly Trajectory[]).filter(({ agent: { name } }) => name === agent);
}
