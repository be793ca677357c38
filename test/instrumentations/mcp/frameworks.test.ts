// SPDX-License-Identifier: Apache-2.0
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { linkPackages } from '../../support/application-tree.ts';
import { VERSIONS, packageIn } from '../../support/application-versions.ts';
import { type Collector, type DecodedSpan, startCollector } from '../../support/collector/index.ts';
import type { OpenAiServer } from '../../support/openai-server/server.ts';
import { startCountingServer } from '../../support/openai-server/start-counting.ts';
import { ROOT, runApp } from '../../support/run.ts';
import { makeApp } from './installed.ts';

const INSTALLED = [join(ROOT, 'test/apps/frameworks/node_modules')];
const FRAMEWORKS = ['@langchain/core', '@openai/agents', 'ai', '@ai-sdk/openai', 'openai'];

interface Message {
  readonly role: string;
  readonly content: string;
}

let tree: string;
let collector: Collector;
let server: OpenAiServer;
beforeAll(async () => {
  tree = makeApp('2');
  linkPackages(tree, Object.fromEntries(FRAMEWORKS.map((name) => [name, packageIn(INSTALLED, name)])));
  collector = await startCollector();
  // Calls what it is told to, and says what came of it.
  server = await startCountingServer(({ body }) => {
    const { messages } = body as { readonly messages: readonly Message[] };
    const { role, content } = messages.at(-1) as Message;
    const [, name, json] = /^(\S+) (.*)$/.exec(content) ?? [];
    return role === 'user' ? { toolCalls: [{ name: name as string, arguments: json as string }] } : { text: content };
  });
});
afterAll(async () => {
  await Promise.all([collector.close(), server.close()]);
  rmSync(tree, { recursive: true });
});

type Case = readonly [outcome: string, asked: readonly string[], inside: readonly string[], spans: readonly string[]];

const REJECTED = 'FLOW_GUARDRAIL_REJECTED';
/** The framework's own words for a tool that throws. */
const FAILED = 'An error occurred while running the tool. Please try again.';
const AGENTS = 'mcp_the_tools__add';

/**
 * What the caller got; the names that policy was asked about; what ran on the server; the tool spans, each in those around it. The server of OpenAI Agents is another
 * process.
 */
const EXPECTED: Readonly<Record<string, Case>> = {
  LangChain: ['3', ['add'], ['add'], ['add']],
  'LangChain, prefixed': ['3', ['mcp__tools__add', 'add'], ['add'], ['mcp__tools__add']],
  'LangChain, prefixed, refused': [REJECTED, ['tools__add'], [], []],
  "LangChain, prefixed, the server's name refused": [REJECTED, ['tools__add', 'add'], [], ['tools__add']],
  'OpenAI Agents': ['3', ['add'], [], ['add']],
  'OpenAI Agents, prefixed': ['3', [AGENTS, 'add'], [], [AGENTS]],
  'OpenAI Agents, prefixed, refused': [REJECTED, [AGENTS], [], []],
  "OpenAI Agents, prefixed, the server's name refused": [FAILED, [AGENTS, 'add'], [], [AGENTS]],
  'AI SDK': ['3', ['add'], ['add'], ['add']],
  'AI SDK, prefixed': ['3', ['tools__add', 'add'], ['add'], ['tools__add']],
  'AI SDK, renamed': ['3', ['mySum', 'add'], ['add'], ['mySum', 'mySum > add']],
  'a tool of the application with two of the server': [
    '3,pong',
    ['cleanup', 'add', 'ping'],
    ['add'],
    ['cleanup', 'cleanup > add', 'cleanup > ping'],
  ],
  'one of the two refused': [REJECTED, ['cleanup', 'add', 'ping'], ['add'], ['cleanup', 'cleanup > add']],
  'other arguments': ['6', ['tools__add', 'add'], ['add'], ['tools__add', 'tools__add > add']],
  twice: ['3,3', ['tools__add', 'add', 'add'], ['add', 'add'], ['tools__add', 'tools__add > add']],
};

/** Those of the spans that are recorded for a call of the server's say what it is there. */
const isNamed = ({ attributes }: DecodedSpan): boolean =>
  attributes['flow.mcp.tool.name'] === 'add' && attributes['mcp.method.name'] === 'tools/call';

/** The tool spans in the span of that name. */
function toolSpans(spans: readonly DecodedSpan[], what: string): readonly string[] {
  const byId = new Map(spans.map((span) => [span.spanId, span]));
  const around = (span: DecodedSpan): readonly DecodedSpan[] => {
    const parent = byId.get(span.parentSpanId);
    return parent === undefined ? [] : [parent, ...around(parent)];
  };
  const isTool = ({ name }: DecodedSpan): boolean => name.startsWith('execute_tool');
  return spans
    .filter((span) => isTool(span) && around(span).some(({ name }) => name === what))
    .map((span) => [...around(span).filter(isTool).toReversed(), span].map(({ name }) => name.slice(13)).join(' > '))
    .toSorted();
}

describe.skipIf(VERSIONS !== undefined).each(['esm', 'cjs'])('tools of a server in frameworks (%s)', (format) => {
  it('are one call each, asked about under each of their names', async () => {
    const before = collector.spans.length;
    const { code, stdout, stderr } = await runApp({
      args: ['--import', join(ROOT, 'dist/esm/register.js')],
      file: join(tree, 'frameworks-app.mjs'),
      programArgs: [format, server.origin],
      env: { OTEL_EXPORTER_OTLP_ENDPOINT: collector.url, OTEL_METRICS_EXPORTER: 'none', OTEL_LOGS_EXPORTER: 'none' },
      timeout: 60_000,
    });
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const spans = collector.spans.slice(before);
    const lines = stdout.trimEnd().split('\n');
    const seen = lines.map((line) => {
      const [what, ...rest] = JSON.parse(line) as [string, ...unknown[]];
      return [what, [...rest, toolSpans(spans, what)]];
    });
    expect(Object.fromEntries(seen)).toEqual(EXPECTED);
    expect(spans.filter(isNamed).map(({ name }) => name)).toEqual([
      'execute_tool mcp__tools__add',
      `execute_tool ${AGENTS}`,
      'execute_tool tools__add',
      'execute_tool tools__add',
    ]);
  }, 60_000);
});
