// SPDX-License-Identifier: Apache-2.0
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { VERSIONS } from '../../support/application-versions.ts';
import type { OpenAiServer } from '../../support/openai-server/server.ts';
import { ROOT, runApp } from '../../support/run.ts';
import { makeTree } from './installed.ts';
import { startModels } from './model-server.ts';

interface Row {
  readonly what: string;
  readonly result?: unknown;
  readonly thrown?: readonly unknown[];
  /** How often guardrails were asked. */
  readonly asked: number;
  /** What reached the code of tools and models. */
  readonly inside: readonly unknown[];
  /** The model calls that have an event. */
  readonly models: readonly string[];
}

const tree = makeTree();
let server: OpenAiServer;
beforeAll(async () => {
  server = await startModels();
});
afterAll(async () => {
  await server.close();
  rmSync(tree, { recursive: true });
});

const REJECTED = ['GuardrailRejectedError', 'FLOW_GUARDRAIL_REJECTED', 'itself', 'guardrail rejected: not allowed'];
// Earlier versions write whose middleware it was into the message.
const REJECTED_IN_MIDDLEWARE: readonly unknown[] =
  VERSIONS !== 'oldest' ? REJECTED : [...REJECTED.slice(0, 3), expect.stringContaining('rejected: not allowed')];
const ANSWERED = 'The call was rejected: not allowed';
const WARNING = `flow: guardrail 'broken': it failed, so a call of 'weather' was refused: a secret of policy\n`;

describe.each([
  ['esm', 'throw'],
  ['cjs', 'answer'],
])('policy over LangChain (%s, rejected tools %s)', (format, rejection) => {
  const rows = new Map<string, Row>();
  let ledger: readonly object[] = [];
  let asked = 0;
  beforeAll(async () => {
    const before = server.requests.length;
    const { code, stdout, stderr } = await runApp({
      args: ['--import', join(ROOT, 'dist/esm/register.js')],
      file: join(tree, 'control-app.mjs'),
      programArgs: [server.origin, format],
      env: {
        OTEL_TRACES_EXPORTER: 'none',
        OTEL_METRICS_EXPORTER: 'none',
        OTEL_LOGS_EXPORTER: 'none',
        FLOW_TOOL_REJECTION: rejection,
      },
      timeout: 60_000,
    });
    if (code !== 0 || stderr !== WARNING) throw new Error(`the application ended with ${code}: ${stderr}`);
    const lines = stdout.trimEnd().split('\n');
    ledger = JSON.parse(lines.pop() ?? '[]') as object[];
    for (const line of lines) {
      const row = JSON.parse(line) as Row;
      rows.set(row.what, row);
    }
    asked = server.requests.length - before;
  }, 60_000);
  const row = (what: string): Row => rows.get(what) ?? expect.fail(`no row '${what}'`);

  it('rejects a tool that is called by itself, before its code', () => {
    const result = rejection === 'throw' ? { thrown: REJECTED } : { result: ['tool', ANSWERED, 'call_weather'] };
    expect(row('tool rejected')).toMatchObject({ ...result, asked: 1, inside: [] });
  });

  it('tells the model in an agent what was rejected, unless a middleware of the agent throws it', () => {
    const told = rejection === 'throw' ? 'rejected: not allowed\n Please fix your mistakes.' : ANSWERED;
    for (const name of ['react', 'agent']) {
      const { result, asked: count } = row(`${name} with a rejected tool`);
      const [, , tool] = result as readonly (readonly string[])[];
      expect(tool?.[1]).toContain(told);
      expect(count).toBe(3);
    }
    const strict = row('strict with a rejected tool');
    const outcome = strict.thrown ?? (strict.result as readonly (readonly string[])[])[2]?.[1];
    expect([outcome, strict.asked]).toEqual(rejection === 'throw' ? [REJECTED_IN_MIDDLEWARE, 2] : [told, 3]);
  });

  it('tells the model in an agent nothing of policy that fails', () => {
    const { result } = row('agent with a tool over which policy fails');
    const [, , tool] = result as readonly (readonly string[])[];
    expect(tool?.[1]).toContain('The call was rejected: policy failed');
    expect(tool?.[1]).not.toContain('secret');
  });

  it('rewrites the arguments of tools of every kind', () => {
    const given: Readonly<Record<string, unknown>> = {
      weather: 'sunny in Bergen',
      private: 'Bergen kept',
      derived: 'more than Bergen kept',
      own: 'Bergen own',
      frozenOwn: 'Bergen own',
      // Tools that yield came in 1.2.
      ...(VERSIONS !== 'oldest' && { steps: 'done with Bergen', yielding: 'seen Bergen' }),
      artifact: 'about Bergen',
    };
    for (const [name, content] of Object.entries(given))
      expect(row(`tool ${name} rewritten`)).toMatchObject({
        result: expect.arrayContaining(['tool', content]) as unknown,
        asked: 1,
      });
    expect(row('tool text rewritten').result).toBe('text Bergen');
  });

  it('replaces and repeats tools', () => {
    expect(row('tool replaced')).toMatchObject({ result: ['tool', 'rainy', 'call_weather'], inside: [] });
    expect(row('artifact replaced').result).toEqual(['tool', 'rainy', 1, 'call_artifact']);
    expect(row('generator replaced')).toMatchObject({ result: ['tool', 'stopped', 'call_steps'], inside: [] });
    expect(row('tool retried')).toMatchObject({ result: ['tool', 'twice: no Rome', 'call_broken'], asked: 1 });
  });

  it('rejects models once, without a request, whether an SDK is beneath or not', () => {
    const rejected = [...rows.keys()].filter((what) => /^(?:openai|anthropic|own).* rejected$/.test(what));
    // Earlier versions have no events of models.
    expect(rejected).toHaveLength(VERSIONS !== 'oldest' ? 8 : 7);
    for (const what of rejected)
      expect(row(what)).toMatchObject({ thrown: REJECTED, asked: 1, inside: [], models: [] });
    // Rewritten, around, and the judge.
    expect(asked).toBe(3);
  });

  it('are not asked again by loops of the framework that retry', () => {
    const again = [...rows.keys()].filter((what) => what.startsWith('retried: '));
    expect(again).toHaveLength(6);
    for (const what of again) expect([what, row(what).asked, row(what).inside]).toEqual([what, 1, []]);
    expect(row('failing once').result).toEqual(['fails', 'done']);
  });

  it('rewrites, repeats and replaces what models are asked and answer', () => {
    expect(row('openai rewritten').result).toEqual(['ai', 'You asked: bye Here is my answer.']);
    const messages = [
      ['system', 'be brief'],
      ['human', 'hello'],
    ];
    expect(row('own rewritten').inside).toEqual([['generate', messages, 'kept', ['.']]]);
    expect(row('own stream rewritten').inside).toEqual([['stream', ['be brief', 'hello']]]);
    expect(row('own retried')).toMatchObject({ result: ['ai', 'whole: again'], models: ['langchain', 'langchain'] });
    expect(row('own changed in place').result).toEqual(['ai', 'whole: hello!']);
    expect(row('own replaced')).toMatchObject({
      result: [
        'canned',
        [{ id: 'c1', name: 'f', args: { a: 1 } }],
        { input_tokens: 1, output_tokens: 2, total_tokens: 3 },
      ],
      inside: [],
    });
  });

  it('sends what was judged, whatever the application does to its messages meanwhile', () => {
    expect(row('own changed while a guardrail thinks').inside).toEqual([
      ['generate', [['human', 'hello']], 'kept', null],
    ]);
  });

  it('refuses a change that only the model object could make', () => {
    const { thrown, inside } = row('own model changed');
    expect(thrown?.slice(0, 3)).toEqual(['FlowError', 'FLOW_INVALID_ARGUMENT', 'itself']);
    expect(inside).toEqual([]);
  });

  it('wraps streams, for the consumer as for callbacks, and makes them', () => {
    const loud = ['ONE ', 'TWO ', 'HELLO', ''];
    expect(row('own stream wrapped').result).toEqual([loud, loud.slice(0, 3)]);
    expect((row('tokens of an agent').result as readonly string[]).slice(0, 3)).toEqual(loud.slice(0, 3));
    expect(row('own stream made').result).toEqual(['made ', 'up']);
    expect(row('own stream left').result).toEqual([1, true]);
  });

  // Models have events of their own since 1.2.
  it.skipIf(VERSIONS === 'oldest')('wraps and makes streams of events', () => {
    expect(row('own events wrapped').result).toEqual([null, '', 'BY EVENT', 'BY EVENT', null]);
    expect(row('own events made').result).toEqual([null, '', 'made ', 'up', 'made up', null]);
  });

  it('counts one model call for one inference, whatever is around it', () => {
    for (const what of [
      'openai rewritten',
      'own rewritten',
      'own stream rewritten',
      'a model around another',
      'a model around openai',
    ])
      expect(row(what).models).toHaveLength(1);
    expect(row('a model as judge')).toMatchObject({ asked: 2, models: ['openai', 'langchain'] });
  });

  it('ends the scope of a graph when its run does: also one that nobody reads to the end, fails or is aborted', () => {
    expect(row('runs of graphs').result).toEqual([
      // Before LangGraph 1.7.3 the run goes on when its reader has left.
      VERSIONS === undefined ? ['left', 'UNSET', true] : ['left', 'OK', false],
      ['unread', 'OK', false],
      ['failing', 'ERROR', false],
      ['aborted', 'ERROR', true],
    ]);
  });

  it('tells what waits for a person as left, and an agent that hands over as done with a mark, with the thread that is bound to a graph', () => {
    const waits = (name: string, thread: string | null) => [name, 'UNSET', true, 'GraphInterrupt', thread];
    const ends = (name: string, thread: string | null) => [name, 'OK', false, null, thread];
    const moves = [ends('move', null), ['handoff', { from: 'first', to: 'second' }], ends('first', null)];
    expect(row('pauses and handovers').result).toEqual([
      'they said yes',
      ['here', 'here'],
      [
        waits('ask_person', null),
        ends('asking', 'bound'),
        ends('ask_person', null),
        ends('asking', 'bound'),
        waits('waiting', 'below'),
        ...moves,
        ...moves,
      ],
    ]);
  });

  it('takes modules, classes and objects of the framework for explicit patching, and nothing else', () => {
    expect(row('by hand').result).toEqual([true, true, true, true, true, false, false]);
  });

  it('is in the ledger', () => {
    const found = (name: string, ...patched: readonly string[]) => ({ name, patched, missing: [], called: true });
    expect(ledger).toEqual(
      expect.arrayContaining([
        found('@langchain/core/tools', 'StructuredTool.call', 'Runnable.withRetry'),
        found(
          '@langchain/core/language_models/chat_models',
          'BaseChatModel._generateUncached',
          'BaseChatModel._streamIterator',
          'Runnable.withRetry',
          ...(VERSIONS !== 'oldest' ? ['BaseChatModel.streamEvents'] : []),
        ),
        found(
          '@langchain/langgraph',
          'Pregel._streamIterator',
          'Pregel._runLoop',
          'Pregel.stream',
          'Pregel.streamEvents',
        ),
      ]),
    );
  });
});
