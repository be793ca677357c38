// SPDX-License-Identifier: Apache-2.0
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { GeminiServer } from '../../support/gemini-server/server.ts';
import { ROOT, runApp } from '../../support/run.ts';
import { MAJORS, makeApp } from './installed.ts';
import { startServer } from './server.ts';

const FLOW = ['--import', join(ROOT, 'dist/esm/register.js')];
const none = { OTEL_TRACES_EXPORTER: 'none', OTEL_METRICS_EXPORTER: 'none', OTEL_LOGS_EXPORTER: 'none' };
const trees = new Map(MAJORS.map((major) => [major, makeApp(major)]));
afterAll(() => trees.forEach((tree) => rmSync(tree, { recursive: true })));

interface Seen {
  readonly lines: readonly string[];
  readonly stderr: string;
  readonly requests: readonly (readonly [path: string, query: string, headers: string, body: string])[];
}

/** A stream that something of ours stands in is a response of its own; what was cut off in it is told as broken. */
function asRebuilt(line: string): string {
  const same = line.replaceAll(',"transfer-encoding":"chunked"', '').replaceAll('; charset=utf-8', '');
  return line.includes('"cut"') ? '' : same;
}

describe.each([
  [1, ['cjs']],
  [2, ['esm']],
  [3, ['esm', 'cjs']],
] as const)('an application on @google/genai %i, under a policy as %j', (major, policed) => {
  const tree = trees.get(major) as string;
  const run = async (
    formats: readonly string[],
    args: readonly string[],
    env: Readonly<Record<string, string>> = {},
  ): Promise<Seen> => {
    const server: GeminiServer = await startServer();
    const { code, stdout, stderr } = await runApp({
      args,
      file: join(tree, 'fidelity-app.mjs'),
      programArgs: [server.url, String(major), ...formats],
      env: { ...none, ...env },
    });
    // Those that nobody answers may or may not have come; a trace is continued where Flow is; who has used MCP once says so from then on.
    const answered = server.requests.filter(({ base }) => !/-(?:aborted|left)\//.test(base));
    const requests = answered.map(({ path, query, rawHeaders, raw }) => {
      const headers = rawHeaders.join().replace(/127\.0\.0\.1:\d+|,traceparent,[-\da-f]+| mcp_used.unknown/g, '');
      return [path.slice(2), query, headers, raw.toString()] as const;
    });
    await server.close();
    expect(code).toBe(0);
    return { lines: stdout.trimEnd().split('\n'), stderr, requests };
  };
  const atof = join(tree, 'events.jsonl');
  let plain: Seen;
  let flow: Seen;
  beforeAll(async () => {
    plain = await run(['esm', 'cjs'], []);
    flow = await run(['esm', 'cjs', 'policy', ...policed], FLOW, { FLOW_ATOF_FILE: atof });
  }, 60_000);

  it('gets the same results, errors and order of events with Flow, as ES module and as CommonJS, and sends the same requests', () => {
    const { lines, requests } = plain;
    expect(lines.filter((line) => line.includes('"failed"'))).toEqual([]);
    expect(lines.length).toBeGreaterThan(44);
    expect(flow.lines.slice(0, lines.length)).toEqual(lines);
    expect(flow.requests.slice(0, requests.length)).toEqual(requests);
  });

  it('gets the same with a policy that changes nothing', () => {
    const { lines, requests } = plain;
    const isPoliced = (text: string): boolean => policed.some((format) => /esm|cjs/.exec(text)?.[0] === format);
    expect(flow.lines.slice(lines.length).map(asRebuilt)).toEqual(lines.filter(isPoliced).map(asRebuilt));
    expect(flow.requests.slice(requests.length)).toEqual(requests.filter(([path]) => isPoliced(path)));
  });

  it('prints what the SDK prints, and nothing else', () => {
    // Some of it once for each copy.
    expect(new Set(flow.stderr.split('\n'))).toEqual(new Set(plain.stderr.split('\n')));
  });

  it('has an end event for every call, also of streams that were left, and those are told as such', () => {
    const events = readFileSync(atof, 'utf8')
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    const ends = new Map(events.filter((each) => each.scope_category === 'end').map((each) => [each.uuid, each]));
    const starts = events.filter((each) => each.scope_category === 'start');
    expect(starts.filter(({ uuid }) => !ends.has(uuid))).toEqual([]);
    expect(starts.filter(({ category }) => category === 'llm').length).toBeGreaterThan(100);
    const told = [...ends.values()].map(({ metadata }) => metadata['otel.status_description']);
    const count = (description: string): number => told.filter((each) => each === description).length;
    // Two that were left in each pass; where nothing of ours stands in the stream also one that was aborted, and one that was no JSON.
    expect(count('the consumer closed the stream')).toBe(2 * 4 + 2 * policed.length);
    // Two in each pass that nobody began to read, unless they were collected before.
    expect(count('still open when the process ended')).toBeLessThanOrEqual(2 * (2 + policed.length));
    expect(JSON.stringify(events)).not.toContain('x-goog-api-key');
  });
});
