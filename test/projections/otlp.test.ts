// SPDX-License-Identifier: Apache-2.0
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import type { AtofEvent } from '../../src/atof/event.ts';
import { eventsFromSpans, type Finding } from '../../src/projections/atof-reader.ts';
import { validated } from '../runtime/recorder.ts';
import { startCollector } from '../support/collector/index.ts';
import { runApp } from '../support/run.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'flow-otlp-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const APP = `
  import { flow } from '@flow/register/api';
  const content = { model: 'gpt-5', messages: [{ role: 'user', content: 'canary \\ud83d\\ude00 \\ud800' }] };
  await flow.scope.run('agent', { type: 'agent', input: { text: 'canary' }, metadata: { session_id: 's' } }, async (agent) => {
    await flow.llm.execute({ name: 'openai', request: { headers: { authorization: 'Bearer canary', 'x-n': '1' }, content } }, () => ({ choices: [] }));
    await flow.tool.execute({ name: 'find', id: 'c1', args: new Map([['canary', 1n]]) }, (args, call) => { call.annotate('canary'); return args; });
    await flow.tool.execute({ name: 'failing', args: null }, () => { throw new TypeError('not found'); }).catch(() => {});
    for (let i = 0; i < 150; i++) agent.mark('step', { data: { i } });
  });
  flow.scope.mark('done', { data: 'canary' });`;

/** What the process wrote as events, and what its trace, as it was sent, tells of them. */
async function run(env: Readonly<Record<string, string>>): Promise<{
  written: readonly AtofEvent[];
  events: readonly AtofEvent[];
  findings: readonly Finding[];
  wire: string;
}> {
  const collector = await startCollector();
  const file = join(folder, 'events.jsonl');
  const result = await runApp({
    args: ['--import', './dist/esm/register.js'],
    env: { OTEL_EXPORTER_OTLP_ENDPOINT: collector.url, FLOW_ATOF_FILE: file, ...env },
    code: APP,
  });
  await collector.close();
  expect(result).toMatchObject({ code: 0, stderr: '' });
  const written = validated(readFileSync(file, 'utf8').split('\n').slice(0, -1));
  return { written, wire: JSON.stringify(collector.spans), ...eventsFromSpans(collector.spans) };
}

const CONTENT = { OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT: 'true', FLOW_SEMCONV: 'gen_ai,atof' };

describe('the trace that an unmodified application sends', () => {
  it.each(['http/protobuf', 'http/json'])(
    'over %s rebuilds its events exactly, with the atof dialect and content',
    async (protocol) => {
      const { written, events, findings } = await run({ ...CONTENT, OTEL_EXPORTER_OTLP_PROTOCOL: protocol });
      expect(findings).toEqual([]);
      expect(events).toEqual(written);
      expect(written).toHaveLength(2 + 6 + 150 + 1);
    },
  );

  it('rebuilds everything but payloads where nobody asked for content, and holds none', async () => {
    const { written, events, findings, wire } = await run({});
    const withoutContent = written.map((event) => {
      const {
        tool_result_annotation: _,
        annotated_request: __,
        annotated_response: ___,
        ...profile
      } = event.category_profile ?? {};
      return { ...event, data: null, category_profile: event.category_profile && profile };
    });
    expect(events).toEqual(withoutContent);
    expect(findings.map(({ problem }) => problem)).toEqual(events.map(() => 'payload_absent'));
    expect(wire).not.toContain('canary');
  });

  it('names what limits of the SDK took: values of 64 characters and 8 events per span', async () => {
    const limits = { OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT: '64', OTEL_SPAN_EVENT_COUNT_LIMIT: '8' };
    const { written, events, findings } = await run({ ...CONTENT, ...limits });
    expect(events).toEqual([]);
    const dropped = findings.filter(({ problem }) => problem === 'events_dropped').map(({ where }) => where);
    expect(dropped).toEqual([written[0]?.uuid]);
    const named = new Set(findings.map(({ where }) => where));
    expect(
      written.filter(({ uuid, parent_uuid: parent }) => !named.has(uuid) && !dropped.includes(parent ?? '')),
    ).toEqual([]);
  });

  it('never holds credentials', async () => {
    expect((await run(CONTENT)).wire).not.toContain('Bearer');
  });
});
