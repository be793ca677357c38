// SPDX-License-Identifier: Apache-2.0
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { VERSIONS } from '../../support/application-versions.ts';
import { type Collector, startCollector } from '../../support/collector/index.ts';
import type { ReplyScript } from '../../support/gemini-server/reply.ts';
import { type GeminiServer, startGeminiServer } from '../../support/gemini-server/server.ts';
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
import { makeApp } from './installed.ts';

const called = (...names: readonly string[]) => ({
  toolCalls: names.map((name) => ({ name, id: `call_${name}`, arguments: { city: 'Paris' } })),
});

/** What the models of `structure-app.mjs` answer: the instructions are the name of the agent. */
const reply: ReplyScript = ({ raw }) => {
  const text = raw.toString();
  const knows = (id: string): boolean => text.includes(`"functionResponse":{"id":"${id}"`);
  const say = (answer: object) => ({
    ...answer,
    ids: (prefix: string) => `${prefix}-1`,
    usage: { prompt: 9, candidates: 3 },
  });
  if (text.includes('"forecaster"'))
    return say(knows('call_get_weather') ? { text: 'It is sunny.' } : called('get_weather'));
  if (!text.includes('"concierge"')) return say({ text: 'Hello.' });
  if (!knows('call_ask_forecaster')) return say(called('ask_forecaster'));
  return say(knows('call_pay') ? { text: 'A walk, then dinner at home.' } : called('book_table', 'pay'));
};

let server: GeminiServer;
let collector: Collector;
const folder = mkdtempSync(join(tmpdir(), 'flow-genai-files-'));
beforeAll(async () => {
  [server, collector] = await Promise.all([startGeminiServer({ reply }), startCollector()]);
});
afterAll(async () => {
  await Promise.all([server.close(), collector.close()]);
  rmSync(folder, { recursive: true });
});

const SDK = /google-genai-sdk\/[\d.]+ gl-node\/v[\d.]+/g;

/** The majors write the fields of a part in an order of their own. */
function inOrder(_: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1)));
}

describe.each([
  [1, 'cjs'],
  [2, 'esm'],
  [3, 'cjs'],
] as const)(
  'a streamed chat with an agent as a tool, a failing tool and a rejected call, on @google/genai %i (%s)',
  (major, format) => {
    it('has one model span for each inference, one tool span for each call, and the same events and trajectories for each major', async () => {
      const [spansBefore, requestsBefore] = [collector.spans.length, server.requests.length];
      const tree = makeApp(major);
      const files = join(folder, String(major));
      const { code, stdout } = await runApp({
        args: ['--import', join(ROOT, 'dist/esm/register.js')],
        file: join(tree, 'structure-app.mjs'),
        programArgs: [server.url, format],
        env: {
          ...recordTo(files, collector),
          OTEL_NODE_DISABLED_INSTRUMENTATIONS: 'http,undici',
          FLOW_TOOL_REJECTION: 'answer',
        },
      });
      rmSync(tree, { recursive: true });
      expect({ code, stdout }).toEqual({ code: 0, stdout: 'A walk, then dinner at home.\n' });
      const atof = withoutAllowed(eventsIn<RecordedEvent>(files));
      const spans = spansOf(atof, collector.spans.slice(spansBefore));
      expect(outline(spans)).toEqual([
        'invoke_agent concierge',
        '  generateContentStream',
        '    generate_content gemini-3-flash',
        '    execute_tool ask_forecaster',
        '      invoke_agent forecaster',
        '        generateContent',
        '          generate_content gemini-3-flash',
        '          execute_tool get_weather',
        '          generate_content gemini-3-flash',
        '    generate_content gemini-3-flash',
        '    execute_tool book_table',
        '    no payments',
        '    generate_content gemini-3-flash',
        'embeddings gemini-embedding-001',
        'generate_content gemini-3-flash',
      ]);
      const models = spans.filter(({ attributes }) => 'gen_ai.provider.name' in attributes);
      expect(models).toHaveLength(server.requests.length - requestsBefore);
      expect(models.map(({ attributes }) => attributes['gen_ai.provider.name'])).toEqual([
        ...Array.from({ length: 6 }, () => 'gcp.gemini'),
        'gcp.vertex_ai',
      ]);
      const failed = spans.filter(({ status }) => status.code === 2);
      expect(failed.map(({ name, status }) => [name, status.message])).toEqual([
        ['execute_tool book_table', 'no table is free'],
      ]);
      expect(JSON.stringify(server.requests.at(-3)?.body)).toContain('The call was rejected: ask a person');

      // It is what the newest version of each major sends.
      if (VERSIONS !== undefined) return;
      const golden = { spans: toldOf(spans), atof, atif: trajectoriesIn(files) };
      await expect(normalise(golden, { also: [[SDK, 'SDK']], replacer: inOrder })).toMatchFileSnapshot(
        'golden/google-genai.json',
      );
    });
  },
);
