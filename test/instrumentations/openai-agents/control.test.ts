// SPDX-License-Identifier: Apache-2.0
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { VERSIONS } from '../../support/application-versions.ts';
import type { OpenAiServer } from '../../support/openai-server/server.ts';
import { type AppResult, ROOT, runApp } from '../../support/run.ts';
import { makeTree, startServer } from './installed.ts';

const tree = makeTree(['control-app.mjs']);
let server: OpenAiServer;
beforeAll(async () => {
  server = await startServer();
});
afterAll(async () => {
  await server.close();
  rmSync(tree, { recursive: true });
});

/** What a case of the application saw, how often policy was asked, and what the tools were given. */
interface Case {
  readonly seen: unknown;
  readonly calls: number;
  readonly ran: readonly string[];
}

const itself = ['GuardrailRejectedError', 'GuardrailRejectedError', 'FLOW_GUARDRAIL_REJECTED', 'no', 'itself'];
// Earlier versions do not name their errors.
const cause = (name: string): readonly unknown[] => {
  const named: unknown = VERSIONS === undefined ? name : expect.stringMatching(`^(?:Error|${name})$`);
  return [name, named, 'FLOW_GUARDRAIL_REJECTED', 'no', 'cause'];
};
const answer = 'You asked: What is the weather in Paris? Here is my answer.';
const sunny = 'The tools say: sunny in Paris.';
const CALLS: unknown = VERSIONS === undefined ? 45 : expect.any(Number);
const failed: unknown =
  VERSIONS === undefined
    ? 'The tools say: An error occurred while running the tool. Please try again..'
    : expect.stringMatching(/^The tools say: An error occurred while running the tool\. Please try again\./);
const timedOut = "The tools say: Tool 'slow' timed out after 5ms..";

describe.each(['esm', 'cjs'])('policy on models and tools of OpenAI Agents (%s)', (format) => {
  const cases = new Map<string, Case>();
  let coverage: unknown;
  let result: AppResult;
  beforeAll(async () => {
    result = await runApp({
      timeout: 50_000,
      args: ['--import', join(ROOT, 'dist/esm/register.js')],
      file: join(tree, 'control-app.mjs'),
      programArgs: [`${server.origin}/${format}`, format],
      env: { OTEL_TRACES_EXPORTER: 'none', OTEL_METRICS_EXPORTER: 'none', OTEL_LOGS_EXPORTER: 'none' },
    });
    const lines = result.stdout.trimEnd().split('\n');
    coverage = JSON.parse(lines.pop() ?? '');
    for (const line of lines) {
      const { name, ...seen } = JSON.parse(line) as Case & { readonly name: string };
      cases.set(name, seen);
    }
  });
  const requests = (name: string) =>
    server.requests.filter(({ base }) => base === `/${format}/${name.replaceAll(' ', '-')}/v1`);

  it('ends as without policy', () => {
    expect({ code: result.code, stderr: result.stderr }).toEqual({ code: 0, stderr: '' });
  });

  describe.each(['responses run', 'chat_completions run', 'responses stream', 'chat_completions stream'])(
    '%s',
    (at) => {
      const streams = at.endsWith('stream');

      it('rejects a model call as the error itself, asked once and with nothing sent', () => {
        const name = `${at}: model refused`;
        expect(cases.get(name)).toEqual({ seen: streams ? [itself, true] : itself, calls: 1, ran: [] });
        expect(requests(name)).toEqual([]);
      });

      it('rejects a tool call as the cause of what the framework throws, asked once and with nothing run', () => {
        const name = `${at}: tool refused`;
        const seen = cause('ToolCallError');
        expect(cases.get(name)).toEqual({ seen: streams ? [seen, true] : seen, calls: 1, ran: [] });
        expect(requests(name)).toHaveLength(1);
      });

      it('rewrites body and headers of each request', () => {
        const name = `${at}: request rewritten`;
        expect(cases.get(name)).toEqual({ seen: streams ? [sunny, sunny] : [sunny], calls: 2, ran: ['Paris'] });
        const sent = requests(name).map(({ body, headers }) => [
          (body as { temperature: number }).temperature,
          headers['x-team'],
        ]);
        expect(sent).toEqual([
          [0.5, 'blue'],
          [0.5, 'blue'],
        ]);
      });
    },
  );

  it.for<[name: string, expected: Case, sent: number]>([
    ['tool refused by hand', { seen: cause('ToolCallError'), calls: 1, ran: [] }, 1],
    ['arguments and result changed', { seen: ['The tools say: sunny in Oslo!.'], calls: 0, ran: ['Oslo'] }, 2],
    ['a failing tool retried', { seen: ['The tools say: done.'], calls: 1, ran: ['flaky', 'flaky'] }, 2],
    ['a failing tool', { seen: [failed], calls: 0, ran: ['flaky'] }, 2],
    // An error to policy, the framework's answer to the model.
    ['a tool whose time is up', { seen: [timedOut], calls: 1, ran: ['slow'] }, 2],
    ['a tool replaced', { seen: ['The tools say: from the cache.'], calls: 1, ran: [] }, 2],
    ['the same without arguments', { seen: ['The tools say: made.'], calls: 1, ran: ['{}'] }, 2],
    ['a model asked twice', { seen: [answer], calls: 1, ran: [] }, 2],
    ['a stream wrapped', { seen: [answer, answer.toUpperCase()], calls: 1, ran: [] }, 1],
    // What happens inside of a tool the framework tells to the model.
    ['the model of an agent that is a tool refused', { seen: [failed], calls: 3, ran: [] }, 2],
    ['a tool of an agent that is a tool refused', { seen: [failed], calls: 2, ran: [] }, 3],
    ['a guardrail whose model is refused', { seen: cause('GuardrailExecutionError'), calls: 1, ran: [] }, 0],
  ])('%s', ([name, expected, sent], { skip }) => {
    skip(VERSIONS !== undefined && !cases.has(name), 'not in this version');
    expect(cases.get(name)).toEqual(expected);
    expect(requests(name)).toHaveLength(sent);
  });

  it('is in the coverage ledger with all points and the calls that passed them', () => {
    expect(coverage).toMatchObject([
      {
        name: '@openai/agents-core',
        format,
        patched: ['function tools', 'Runner.run', 'Agent.emit', 'guardrails'],
        missing: [],
        calls: CALLS,
      },
    ]);
  });
});
