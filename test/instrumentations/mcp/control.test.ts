// SPDX-License-Identifier: Apache-2.0
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { VERSIONS } from '../../support/application-versions.ts';
import { ROOT, runApp } from '../../support/run.ts';
import { MAJORS, makeApp } from './installed.ts';

const trees = new Map(MAJORS.map((major) => [major, makeApp(major)]));
afterAll(() => trees.forEach((tree) => rmSync(tree, { recursive: true })));

const text = (said: string, rest: object = {}): object => ({
  result: { content: [{ type: 'text', text: said }], ...rest },
});
const rejected = {
  thrown: 'GuardrailRejectedError',
  code: 'FLOW_GUARDRAIL_REJECTED',
  message: 'guardrail rejected: not today',
  flow: 'FLOW_GUARDRAIL_REJECTED',
};
const failed = { ...rejected, thrown: 'FlowError', code: 'FLOW_GUARDRAIL_FAILED', flow: 'FLOW_GUARDRAIL_FAILED' };
const ran = (...args: readonly object[]): readonly unknown[] => args.map((each) => ['add', each]);

/** What the caller got; how often guardrails were asked; with what the tools ran. */
const EXPECTED: Readonly<Record<string, readonly [outcome: object, asked: number, inside?: readonly unknown[]]>> = {
  rejected: [rejected, 1],
  'left while policy is asked': [{ result: [true] }, 1],
  // Whatever the SDK throws then.
  'left while it runs': [{ result: ['left', [['wait', 'ERROR', true]]] }, 1, [['waiting'], ['gave up']]],
  'rejected without callTool': [rejected, 1],
  // The SDK makes an error of its own here.
  'rejected in a stream': [{ result: { type: 'error', thrown: 'McpError', flow: rejected.code } }, 1],
  'rejected by the server': [text('The call was rejected: not here', { isError: true }), 2],
  'rejected by a server without the helper': [text('The call was rejected: not here', { isError: true }), 2],
  'broken guardrail': [{ ...failed, message: "guardrail 'broken' failed, so the call was refused: out of order" }, 1],
  'broken guardrail of a server': [text('The call was refused by policy', { isError: true }), 2],
  rewritten: [text('4'), 1, ran({ a: 2, b: 2 })],
  'rewritten by either side': [text('5'), 2, ran({ a: 3, b: 2 })],
  'tried again with other arguments': [text('10'), 1, ran({ a: 1, b: 2 }, { a: 5, b: 5 })],
  replaced: [text('made up', { structuredContent: { sum: 99 } }), 1],
  'changed by either side': [text('3!!'), 2, ran({ a: 1, b: 2 })],
  // The client's is one call, each round one of the server's.
  'in rounds': [
    { result: 'done' },
    3,
    [
      ['rounds', 3, false],
      ['rounds', 3, true],
    ],
  ],
  'passed on': [text('5'), 2, ran({ a: 3, b: 2 })],
  'with schemas of its own': [{ result: { content: [] } }, 2, [['typed', { name: 'add', arguments: { a: 3 } }]]],
  'with a context that was passed on': [
    {
      result: {
        isOther: true,
        root: 'flow.root_uuid',
        parent: 'flow.parent_uuid',
        members: ['tenant'],
        rest: { progress: 'kept' },
      },
    },
    2,
  ],
  'other requests': [{ result: { contents: [{ uri: 'file:///readme', text: 'read me' }] } }, 0],
  answered: [text('The call was rejected: not today', { isError: true }), 1],
};

describe.each([
  ['1', 'cjs', 18],
  ['2', 'esm', 18],
] as const)('policy over the tool calls of MCP %s, loaded as %s', (major, format, count) => {
  it('rejects, rewrites, repeats, replaces and wraps them, on either side and once for each', async () => {
    const { code, stdout, stderr } = await runApp({
      args: ['--import', join(ROOT, 'dist/esm/register.js')],
      file: join(trees.get(major) as string, 'control-app.mjs'),
      programArgs: [major, format],
      env: { OTEL_TRACES_EXPORTER: 'none', OTEL_METRICS_EXPORTER: 'none', OTEL_LOGS_EXPORTER: 'none' },
    });
    // What failed is for whoever runs the server; the other side is told nothing of it.
    const warnings = ['broken', 'no'].map(
      (name) => `flow: guardrail '${name}': it failed, so a call of 'add' was refused: out of order\n`,
    );
    expect({ code, stderr }).toEqual({ code: 0, stderr: warnings.join('') });
    const lines = stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as unknown[]);
    const coverage = lines.pop() as readonly { readonly missing: readonly string[]; readonly calls: number }[];
    // Streams of tool calls are not in the first versions of the first major, rounds in none of them, and maybe not in those of the second.
    const rounds = lines.some(([what]) => what === 'in rounds') ? 1 : 0;
    const told = (VERSIONS === 'oldest' && major === '1' ? count - 1 : count) + rounds;
    expect(lines).toHaveLength(told);
    for (const [what, outcome, counts] of lines) {
      const [expected, asked, inside = []] = EXPECTED[what as string] ?? [];
      expect({ what, outcome, counts }).toEqual({ what, outcome: expected, counts: { asked, inside } });
    }
    expect(coverage.map(({ missing }) => missing)).toEqual([[], []]);
    // Its own call over the transport in memory the server does not count again.
    expect(coverage.map(({ calls }) => calls)).toEqual([told, major === '1' ? 6 : 7 + 2 * rounds]);
  });
});
