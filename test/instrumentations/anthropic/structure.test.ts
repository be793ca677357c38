// SPDX-License-Identifier: Apache-2.0
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ReplyScript } from '../../support/anthropic-server/reply.ts';
import { type AnthropicServer, startAnthropicServer } from '../../support/anthropic-server/server.ts';
import { makeTree } from '../../support/application-tree.ts';
import { type Collector, startCollector } from '../../support/collector/index.ts';
import { spansOf, toldOf } from '../../support/golden/kept-spans.ts';
import { normalise } from '../../support/golden/normalise.ts';
import {
  type RecordedEvent,
  eventsIn,
  recordTo,
  trajectoriesIn,
  withoutAllowed,
} from '../../support/golden/recorded-files.ts';
import { outline } from '../../support/golden/span-tree.ts';
import { ROOT, runApp } from '../../support/run.ts';
import { packageOf } from './installed.ts';

const called = (...names: readonly string[]) => ({
  toolCalls: names.map((name) => ({ name, id: `toolu_${name}`, arguments: { city: 'Paris' } })),
});

/** What the models of `structure-app.mjs` answer: the instructions are the name of the agent; the further requests of a thread are results of its tools alone. */
const reply: ReplyScript = ({ raw }) => {
  const text = raw.toString();
  const knows = (name: string): boolean => text.includes(`"tool_use_id":"toolu_${name}"`);
  const say = (answer: object) => ({
    ...answer,
    ids: (prefix: string) => `${prefix}-${(answers += 1)}`,
    usage: { input: 9, output: 3, cacheRead: 4, cacheWrite: 2 },
  });
  if (knows('pay')) return say({ text: 'A walk, then dinner at home.' });
  if (knows('ask_forecaster')) return say(called('list_museums', 'book_table', 'pay'));
  if (knows('get_weather')) return say({ text: 'It is sunny.' });
  if (text.includes('"forecaster"')) return say(called('get_weather'));
  if (text.includes('"concierge"')) return say({ thinking: 'The weather first.', ...called('ask_forecaster') });
  return say({ text: 'Hello.' });
};
let answers: number;

/** Versions write the fields of a request in an order of their own, and the older ones leave its functions and their marks to JSON. */
function alike(_: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  const fields = Object.entries(value).filter(
    ([name, each]) =>
      !name.startsWith('x-stainless-helper') && !(typeof each === 'string' && each.startsWith('[Function')),
  );
  return Object.fromEntries(fields.toSorted(([a], [b]) => (a < b ? -1 : 1)));
}

let server: AnthropicServer;
let collector: Collector;
const folder = mkdtempSync(join(tmpdir(), 'flow-anthropic-files-'));
beforeAll(async () => {
  [server, collector] = await Promise.all([startAnthropicServer({ reply }), startCollector()]);
});
afterAll(async () => {
  await Promise.all([server.close(), collector.close()]);
  rmSync(folder, { recursive: true });
});

describe.each([
  ['0.99', 'cjs', 'whole'],
  ['1', 'cjs', 'whole'],
  ['1', 'esm', 'threads'],
] as const)(
  'a streaming tool loop with an agent as a tool, a failing tool and a rejected call, on @anthropic-ai/sdk %s (%s, %s)',
  (version, format, history) => {
    it('has one model span for each inference, one tool span for each call, and the same events and trajectories for each version', async () => {
      const [spansBefore, requestsBefore] = [collector.spans.length, server.requests.length];
      const tree = makeTree('anthropic', { '@anthropic-ai/sdk': packageOf(version) }, [import.meta.dirname]);
      const files = join(folder, `${version}-${history}`);
      answers = 0;
      const { code, stdout, stderr } = await runApp({
        args: ['--import', join(ROOT, 'dist/esm/register.js')],
        file: join(tree, 'structure-app.mjs'),
        programArgs: [server.url, format, ...(version === '1' ? [history] : [])],
        env: { ...recordTo(files, collector), OTEL_NODE_DISABLED_INSTRUMENTATIONS: 'http,undici' },
      });
      rmSync(tree, { recursive: true });
      expect({ code, stdout, stderr }).toEqual({ code: 0, stdout: 'A walk, then dinner at home.\n', stderr: '' });
      const atof = withoutAllowed(eventsIn<RecordedEvent>(files));
      const spans = spansOf(atof, collector.spans.slice(spansBefore));
      expect(outline(spans)).toEqual([
        'invoke_agent concierge',
        '  toolRunner',
        '    chat claude-opus-4-6',
        '    execute_tool ask_forecaster',
        '      invoke_agent forecaster',
        '        toolRunner',
        '          chat claude-opus-4-6',
        '          execute_tool get_weather',
        '          chat claude-opus-4-6',
        '    chat claude-opus-4-6',
        '    execute_tool list_museums',
        '    execute_tool book_table',
        '    no payments',
        '    chat claude-opus-4-6',
        'chat claude-opus-4-6',
      ]);
      const models = spans.filter(({ attributes }) => 'gen_ai.provider.name' in attributes);
      expect(models).toHaveLength(server.requests.length - requestsBefore);
      const failed = spans.filter(({ status }) => status.code === 2);
      expect(failed.map(({ name, status }) => [name, status.message])).toEqual([
        ['execute_tool book_table', 'no table is free'],
      ]);
      expect(JSON.stringify(server.requests.at(-2)?.body)).toContain('guardrail rejected: ask a person');

      const golden = { spans: toldOf(spans), atof, atif: trajectoriesIn(files) };
      await expect(normalise(golden, { replacer: alike })).toMatchFileSnapshot(
        `golden/anthropic${history === 'threads' ? '-threads' : ''}.json`,
      );
    });
  },
);
