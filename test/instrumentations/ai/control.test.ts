// SPDX-License-Identifier: Apache-2.0
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { VERSIONS } from '../../support/application-versions.ts';
import type { OpenAiServer } from '../../support/openai-server/server.ts';
import { ROOT, runApp } from '../../support/run.ts';
import { MAJORS, makeApp, startServer } from './installed.ts';
import { script } from './script.ts';

const trees = new Map(MAJORS.map((major) => [major, makeApp(major)]));
let server: OpenAiServer;
beforeAll(async () => {
  server = await startServer(script);
});
afterAll(async () => {
  await server.close();
  trees.forEach((tree) => rmSync(tree, { recursive: true }));
});

const refusal = {
  name: 'GuardrailRejectedError',
  itself: true,
  flow: 'FLOW_GUARDRAIL_REJECTED',
  message: 'guardrail rejected: not today',
};
const noOutput = { ...refusal, name: 'AI_NoOutputGeneratedError', itself: false, message: expect.any(String) };
const rejected = [{ thrown: refusal }, { asked: 1, sent: [], ran: [] }];
const rejectedStream = [{ value: [[['error', refusal]], [refusal], noOutput] }, rejected[1]];
const sentOnce = { asked: 1, sent: [['hello', null, null]], ran: [] };
const toolStep = (type: string, output: unknown, error: unknown = null) => ({
  value: [
    [
      ['tool-call', null, null],
      [type, output, error],
    ],
    [['text', null, null]],
  ],
});
const afterTool = (output: string, ran: readonly unknown[] = []) => ({
  asked: 3,
  sent: [
    ['hello', null, null],
    [output, null, null],
  ],
  ran,
});
const told = expect.stringContaining('guardrail rejected: not today');
const untold = expect.stringMatching(/^(?!.*secret).*The call was rejected: policy failed/s);
const WARNINGS = `flow: guardrail 'broken': it failed, so a call of 'ai' was refused: fetch failed
flow: guardrail 'broken tool policy': it failed, so a call of 'add' was refused: a secret of policy
`;

const GATEWAY: Readonly<Record<string, unknown>> = {
  'model of the gateway, rejected': rejected,
  'model of the gateway, rejected stream': rejectedStream,
  'embeddings of the gateway, rejected': rejected,
  'unset provider, rejected embeddings': rejected,
};
const isWithout = (outcome: readonly unknown[] | undefined): boolean =>
  outcome === undefined || (outcome[0] as { thrown?: { name: string } }).thrown?.name === 'TypeError';

/** What the caller got; how often guardrails were asked, what was sent, and with what the tools ran. */
const EXPECTED: Readonly<Record<string, unknown>> = {
  rejected,
  'rejected by responses': rejected,
  'completion, rejected': rejected,
  'completion, asked by the application, rejected': rejected,
  'rejected object': rejected,
  'rejected stream': rejectedStream,
  'rejected stream of an object': rejected,
  'rejected embeddings': rejected,
  'rejected agent': rejected,
  'rejected when it is tried again': [
    {
      thrown: {
        ...refusal,
        name: 'AI_RetryError',
        itself: false,
        message: expect.stringContaining('guardrail rejected: not again'),
      },
    },
    { asked: 2, sent: [['answer 503', null, null]], ran: [] },
  ],
  'guardrail whose service is away': [
    { thrown: expect.objectContaining({ name: 'FlowError', flow: 'FLOW_GUARDRAIL_FAILED' }) },
    rejected[1],
  ],
  'left while policy is asked': [
    { thrown: { name: 'AbortError', itself: false, message: 'This operation was aborted' } },
    { asked: 2, sent: [['add', null, null]], ran: [] },
  ],
  rewritten: [{ value: 'You asked: goodbye Here is my answer.' }, { asked: 1, sent: [['goodbye', 0, 'yes']], ran: [] }],
  'tried again': [
    { value: 'You asked: hello Here is my answer.' },
    { ...sentOnce, sent: [sentOnce.sent[0], sentOnce.sent[0]] },
  ],
  'tried again after an error': [
    { value: 'You asked: answer 503 once Here is my answer.' },
    expect.objectContaining({ asked: 1 }),
  ],
  replaced: [{ value: 'made up' }, rejected[1]],
  'changed stream': [{ value: [[], [], 'YOU ASKED: HELLO HERE IS MY ANSWER.'] }, sentOnce],
  'stream cut by policy': [expect.anything(), sentOnce],
  'rejected tool': [
    toolStep('tool-error', null, refusal),
    { ...afterTool(''), sent: [sentOnce.sent[0], [told, null, null]] },
  ],
  'tool over which policy fails': [
    expect.objectContaining({ value: expect.anything() }),
    { ...afterTool(''), sent: [sentOnce.sent[0], [untold, null, null]] },
  ],
  'rejected tool in a stream': [
    { value: [[['tool-error', refusal]], [], told] },
    { ...afterTool(''), sent: [sentOnce.sent[0], [told, null, null]] },
  ],
  'rewritten tool': [toolStep('tool-result', 41), afterTool('41', [[40, 1, 'string']])],
  'replaced tool': [toolStep('tool-result', 'made up'), afterTool('made up')],
  'repeated tool': [
    toolStep('tool-result', 10),
    afterTool('10', [
      [1, 1, 'string'],
      [5, 5, 'string'],
    ]),
  ],
  'rewritten generator': [toolStep('tool-result', 3), afterTool('3', [1, 2, 3])],
  'names and ids': [
    { value: ['add', 'plus', 'other', 'sum', 'more'].map((name) => [name, 'string']) },
    expect.objectContaining({ asked: 11 }),
  ],
  'own model, rejected': rejected,
  'model of a provider with utilities of its own, rejected': rejected,
  'own model, rejected stream': rejectedStream,
  'own model of an agent, rejected': rejected,
  'own model, rewritten': [{ value: '[{"type":"text","text":"goodbye"}]' }, { ...(rejected[1] as object) }],
  'own model, replaced': [{ value: 'made up' }, rejected[1]],
  'own model, changed stream': [{ value: '[{"TYPE":"TEXT","TEXT":"HELLO"}]' }, rejected[1]],
  'own model with tools': [toolStep('tool-error', null, refusal), { asked: 3, sent: [], ran: [] }],
  'own model by name, rejected': rejected,
  'own model by name, rejected stream': rejectedStream,
  'own model by name of an agent, rejected': rejected,
  'own model by name for a step, rejected': rejected,
  'own model of another version by name, rejected': rejected,
  'own model by name': [{ value: ['[{"type":"text","text":"hello"}]', ['tiny'], 1] }, rejected[1]],
  'unknown name': [
    { thrown: { name: 'AI_NoSuchModelError', itself: false, message: 'No such languageModel: tiny' } },
    { asked: 0, sent: [], ran: [] },
  ],
  'unset provider, rejected': rejected,
  ...GATEWAY,
  'own model with middleware, rejected': rejected,
  'own model with middleware, asked by the application': rejected,
  'own model that middleware answers for': [{ value: '"kept"' }, { asked: 0, sent: [], ran: [] }],
  'own embeddings': [{ value: [[1], [2], [3]] }, { asked: 2, sent: [], ran: [] }],
  'own embeddings, rejected': rejected,
  'own embeddings by name, rejected': rejected,
  'own embeddings, rewritten': [{ value: [[4], [4], [4]] }, { asked: 2, sent: [], ran: [] }],
};

/** The same of the first versions of each major: one goes on to the next step when it is left, and leaves a promise of an object that is refused unsettled. */
const OLDEST: Readonly<Record<string, unknown>> = {
  'left while policy is asked': [
    { thrown: { name: 'AbortError', itself: false, message: expect.stringContaining('This operation was aborted') } },
    expect.objectContaining({ asked: 3, ran: [] }),
  ],
  'rejected stream of an object': [{ value: 'never settled' }, rejected[1]],
};

/** The same where the setting says that the model is told of a rejected tool. */
const ANSWERED: Readonly<Record<string, unknown>> = {
  'rejected tool': [
    toolStep('tool-result', 'The call was rejected: not today'),
    afterTool('The call was rejected: not today'),
  ],
  'rejected tool in a stream': [
    { value: [[], [], 'The tools say: The call was rejected: not today.'] },
    afterTool('The call was rejected: not today'),
  ],
  'own model with tools': [
    toolStep('tool-result', 'The call was rejected: not today'),
    { asked: 3, sent: [], ran: [] },
  ],
};

const all = Array.from({ length: 20 }, (_, index) => `${index} `).join('');
/** A run with one model call, and how either ended. */
const one = (name: string, provider: string, call: readonly unknown[], run: readonly unknown[], type = 'function') => [
  [`${type} ${name}`, 'root', null],
  ['llm ai', name, provider],
  ['ai ended', ...call],
  [`${name} ended`, ...run],
];
const failed = ['ERROR', null];
const hello = 'You asked: hello Here is my answer.';

const failedRun = (name: string, provider: string): readonly unknown[] => one(name, provider, failed, failed);

/** What is returned, and the scopes of it: which began beneath which, and how they ended. */
const scopesOf = (agent: string): Readonly<Record<string, unknown>> => ({
  read: [null, one('streamText', 'openai', ['OK', 13], ['OK', all])],
  aborted: [null, failedRun('streamText', 'openai')],
  failed: [null, failedRun('streamText', 'openai')],
  'failed agent': [null, one(agent, 'openai', failed, failed, 'agent')],
  'stream of an agent': [all, one(agent, 'openai', ['OK', 13], ['OK', all], 'agent')],
  object: [{ a: 'a' }, one('streamObject', 'openai', ['OK', 3], ['OK', '{"a":"a"}'])],
  'own model': ['hi', one('generateText', 'homemade', ['OK', 2], ['OK', 'hi'])],
  'own model, as a stream': ['hi', one('streamText', 'homemade', ['OK', 2], ['OK', 'hi'])],
  'own model that asks another': ['hi', one('generateText', 'homemade', ['OK', 2], ['OK', 'hi'])],
  'wrapped model': [hello, one('generateText', 'openai', ['OK', 9], ['OK', hello])],
  'by name': [hello, one('generateText', 'openai', ['OK', 9], ['OK', hello])],
  'own model by name': ['hi', one('generateText', 'homemade', ['OK', 2], ['OK', 'hi'])],
  'own model with middleware': ['hi', one('generateText', 'homemade', ['OK', 2], ['OK', 'hi'])],
  'by function id': ['hi', one('greet', 'homemade', ['OK', 2], ['OK', 'hi'])],
  'api.groq.com': ['AI_APICallError', failedRun('generateText', 'groq')],
  'openrouter.ai': ['AI_APICallError', failedRun('generateText', 'openrouter')],
  'gateway.example': ['AI_APICallError', failedRun('generateText', 'openai')],
  anthropic: ['AI_APICallError', failedRun('generateText', 'anthropic')],
});

const begun = (what: string) => [what, 'generateText', what.startsWith('llm') ? 'homemade' : null];
const answered = ['ai ended', 'OK', 2];
/** What not every major has. */
const scopesSince = (major: number): Readonly<Record<string, unknown>> => ({
  ...(major > 5 && {
    'approved tool': [
      'done',
      [
        ...one('generateText', 'homemade', ['OK', 2], ['OK', null]),
        ['function generateText', 'root', null],
        begun('tool pay'),
        ['pay ended', 'OK', 'paid'],
        begun('llm ai'),
        answered,
        ['generateText ended', 'OK', 'done'],
      ],
    ],
  }),
  ...(major > 6 &&
    VERSIONS === undefined && {
      'tools that are searched': [
        'done',
        [
          ['function generateText', 'root', null],
          begun('llm ai'),
          answered,
          begun('tool find'),
          ['find ended', 'OK', { tools: [{ name: 'add', description: 'adds' }] }],
          begun('llm ai'),
          answered,
          begun('tool add'),
          ['add ended', 'OK', 3],
          begun('llm ai'),
          answered,
          ['generateText ended', 'OK', 'done'],
        ],
      ],
      'one call of a model': [null, [['llm ai', 'root', 'homemade'], answered]],
    }),
});

interface Row {
  readonly name: string;
  readonly missing: readonly string[];
  readonly calls: number;
}

describe.each([
  ['5', 'cjs', {}, 'Agent'],
  ['6', 'esm', { FLOW_TOOL_REJECTION: 'answer' }, 'ToolLoopAgent'],
  ['7', 'cjs', {}, 'ToolLoopAgent'],
] as const)('policy over models and tools of ai %s, loaded as %s', (major, format, env, agent) => {
  const sections: unknown[][][] = [[]];
  beforeAll(async () => {
    const { code, stdout, stderr } = await runApp({
      args: ['--expose-gc', '--import', join(ROOT, 'dist/esm/register.js')],
      file: join(trees.get(major) as string, 'control-and-scopes.mjs'),
      programArgs: [major, format, `${server.origin}/${major}`],
      env: { OTEL_TRACES_EXPORTER: 'none', OTEL_METRICS_EXPORTER: 'none', OTEL_LOGS_EXPORTER: 'none', ...env },
    });
    if (code !== 0 || stderr !== WARNINGS) throw new Error(`the application ended with ${code}: ${stderr}`);
    for (const line of stdout.trimEnd().split('\n')) {
      const value = JSON.parse(line) as unknown[];
      sections.at(-1)?.push(value);
      // The rows of the ledger come between the two.
      if (typeof value[0] !== 'string') sections.push([]);
    }
  });

  it('rejects, rewrites, repeats, replaces and wraps them, and no retry of the SDK repeats a rejection', () => {
    const lines = sections[0] ?? [];
    const rows = lines.pop() as unknown as readonly Row[];
    const older = VERSIONS === undefined ? {} : OLDEST;
    const expected = { ...EXPECTED, ...older, ...('FLOW_TOOL_REJECTION' in env ? ANSWERED : {}) };
    const told = Object.fromEntries(lines.map(([what, ...rest]) => [what, rest]));
    // The oldest versions have no gateway with an address of its own, or none that has embeddings.
    const without = VERSIONS === undefined ? [] : Object.keys(GATEWAY).filter((what) => isWithout(told[what]));
    for (const what of without) told[what] = GATEWAY[what] as unknown[];
    expect(told).toEqual(expected);
    expect(rows.flatMap(({ missing }) => missing)).toEqual([]);
    const calls = (name: string): number =>
      rows.filter((row) => row.name === name).reduce((sum, row) => sum + row.calls, 0);
    const sent = VERSIONS === undefined ? 58 : 59;
    expect(calls('@ai-sdk/provider-utils')).toBe(sent - without.length);
    // Its own model calls and tools, and its runs, some of which the oldest versions do not come to begin.
    expect(calls('ai')).toSatisfy((count: number) => count === 76 || (VERSIONS !== undefined && count >= 73));
  });

  it('has one scope for each run that ends when its result or stream does, with one model call whoever makes it', () => {
    const seen = Object.fromEntries((sections[1] ?? []).map(([what, outcome, events]) => [what, [outcome, events]]));
    const dropped = seen['dropped']?.[1] as readonly unknown[];
    expect(dropped).toHaveLength(6);
    expect(dropped).toContainEqual(['streamText ended', 'OK', null]);
    // How far the SDK has read ahead of whoever leaves is a matter of time.
    expect(seen['left']?.[1]).toContainEqual(['streamText ended', 'OK', expect.stringMatching(/^0 /)]);
    expect(seen['left']?.[1]).toHaveLength(4);
    delete seen['dropped'];
    delete seen['left'];
    expect(seen).toEqual({ ...scopesOf(agent), ...scopesSince(Number(major)) });
  });
});
