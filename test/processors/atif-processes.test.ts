// SPDX-License-Identifier: Apache-2.0
import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import type { Trajectory } from '../../src/atif/trajectory.ts';
import { validated } from '../runtime/recorder.ts';
import { startCollector } from '../support/collector/index.ts';
import { expectValidAtif } from '../support/formats/index.ts';
import { type AppResult, ROOT, runApp } from '../support/run.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'flow-atif-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const REGISTER = ['--import', './dist/esm/register.js'];
const HOOKS = ['--import', './dist/esm/hooks.js'];
/** An agent with two model calls and a tool between them. */
const AGENT = `
  import { flow } from '@flow/register/api';
  const ask = (text) => flow.llm.execute(
    { name: 'openai', request: { content: { model: 'gpt-5', messages: [{ role: 'user', content: text }] } } },
    () => ({ model: 'gpt-5', choices: [{ index: 0, finish_reason: 'stop', message: { role: 'assistant', content: text + '!' } }] }),
  );
  const agent = () => flow.scope.run('agent', { type: 'agent' }, async () => {
    await ask('one');
    await flow.tool.execute({ name: 'find', args: { q: 1 } }, () => 'found');
    await ask('two');
  });
`;
/** What that agent's document tells, step by step. */
const STEPS = ['one', 'one!', '', 'two', 'two!'];

function documents(): Trajectory[] {
  const names = readdirSync(folder).filter((name) => name.endsWith('.atif.json'));
  return names.map((name) => {
    const document = JSON.parse(readFileSync(join(folder, name), 'utf8')) as Trajectory;
    expectValidAtif(document);
    return document;
  });
}

const messagesOf = ({ steps }: Trajectory): unknown[] => steps.map(({ message }) => message);

interface Mode {
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** Source that comes before the agent. */
  readonly first?: string;
}

const FOREIGN = (options: string): string => `
  import { trace } from '@opentelemetry/api';
  import * as sdk from '@opentelemetry/sdk-trace';
  import { createAtifProcessor, flowSpanProcessors } from '@flow/register/sdk';
  trace.setGlobalTracerProvider(new sdk.TracerProvider(${options}));
`;
const atifInto = (dir: string): string => `createAtifProcessor({ dir: ${JSON.stringify(dir)} })`;

const modes: readonly (readonly [string, (dir: string) => Mode])[] = [
  ['spans go nowhere', (dir) => ({ args: REGISTER, env: { FLOW_ATIF_DIR: dir, OTEL_TRACES_EXPORTER: 'none' } })],
  [
    'nothing is sampled',
    (dir) => ({
      args: REGISTER,
      env: { FLOW_ATIF_DIR: dir, OTEL_TRACES_EXPORTER: 'none', OTEL_TRACES_SAMPLER: 'always_off' },
    }),
  ],
  [
    'half of all traces is sampled',
    (dir) => ({
      args: REGISTER,
      env: {
        FLOW_ATIF_DIR: dir,
        OTEL_TRACES_EXPORTER: 'none',
        OTEL_TRACES_SAMPLER: 'traceidratio',
        OTEL_TRACES_SAMPLER_ARG: '0.5',
      },
    }),
  ],
  [
    'a span can hold one attribute',
    (dir) => ({
      args: REGISTER,
      env: { FLOW_ATIF_DIR: dir, OTEL_TRACES_EXPORTER: 'none', OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT: '1' },
    }),
  ],
  [
    'a span can hold no events',
    (dir) => ({
      args: REGISTER,
      env: { FLOW_ATIF_DIR: dir, OTEL_TRACES_EXPORTER: 'none', OTEL_SPAN_EVENT_COUNT_LIMIT: '0' },
    }),
  ],
  ['only hooks are loaded, and no SDK', (dir) => ({ args: HOOKS, env: { FLOW_ATIF_DIR: dir } })],
  [
    'only hooks are loaded, and the application has its own SDK',
    (dir) => ({ args: HOOKS, env: { FLOW_ATIF_DIR: dir }, first: FOREIGN('') }),
  ],
  [
    'the application has its own SDK with our processors',
    (dir) => ({ args: HOOKS, env: { FLOW_ATIF_DIR: dir }, first: FOREIGN('{ spanProcessors: flowSpanProcessors() }') }),
  ],
  [
    'the application has its own SDK, and the exporter in it',
    (dir) => ({ first: FOREIGN(`{ spanProcessors: [${atifInto(dir)}] }`) }),
  ],
  [
    'the application has its own SDK that samples nothing',
    (dir) => ({ first: FOREIGN(`{ sampler: new sdk.AlwaysOffSampler(), spanProcessors: [${atifInto(dir)}] }`) }),
  ],
  [
    'there is an exporter and no SDK',
    (dir) => ({ first: `import { createAtifProcessor } from '@flow/register/sdk'; ${atifInto(dir)};` }),
  ],
];

describe('an agent leaves the same document, each of its steps once, when', () => {
  it.each(modes)('%s', async (_, mode) => {
    const { args = [], env = {}, first = '' } = mode(folder);
    const atof = join(folder, 'events.jsonl');
    const result = await runApp({
      args,
      env: { ...env, FLOW_ATOF_FILE: atof },
      code: `${first}\n${AGENT}\nawait agent();`,
    });
    expect(result).toMatchObject({ code: 0, stderr: '' });
    expect(documents().map(messagesOf)).toEqual([STEPS]);
  });

  it.each(['process.exit(3);', 'throw new Error("crash");', 'process.kill(process.pid, "SIGTERM");'])(
    'it ends with %s',
    async (end) => {
      await runApp({
        args: REGISTER,
        env: { FLOW_ATIF_DIR: folder, OTEL_TRACES_EXPORTER: 'none' },
        code: `${AGENT}\nawait agent();\n${end}`,
      });
      expect(documents().map(messagesOf)).toEqual([STEPS]);
    },
  );

  it('its spans are sent as well: the exporter takes nothing from them and adds nothing to them', async () => {
    const collector = await startCollector();
    const result = await runApp({
      args: REGISTER,
      env: { FLOW_ATIF_DIR: folder, OTEL_EXPORTER_OTLP_ENDPOINT: collector.url },
      code: `${AGENT}\nawait agent();`,
    });
    await collector.close();
    expect(result).toMatchObject({ code: 0, stderr: '' });
    expect(collector.spans.map(({ name }) => name).toSorted()).toEqual([
      'chat gpt-5',
      'chat gpt-5',
      'execute_tool find',
      'invoke_agent agent',
    ]);
    expect(JSON.stringify(collector.spans)).not.toContain('two!');
    expect(documents().map(messagesOf)).toEqual([STEPS]);
  });
});

it('nothing is written under OTEL_SDK_DISABLED', async () => {
  const env = { FLOW_ATIF_DIR: folder, FLOW_ATOF_FILE: join(folder, 'events.jsonl'), OTEL_SDK_DISABLED: 'true' };
  expect(await runApp({ args: REGISTER, env, code: `${AGENT}\nawait agent();` })).toMatchObject({
    code: 0,
    stderr: '',
  });
  expect(readdirSync(folder)).toEqual([]);
});

it('the short form writes both into ./flow, wherever the application goes from there', async () => {
  const built = (name: string): string => join(ROOT, 'dist/esm', name);
  const code = `${AGENT.replace('@flow/register/api', built('api.js'))}
    flow.scope.mark('here');
    await flow.flush();
    process.chdir('/');
    await agent();`;
  const env = { OTEL_TRACES_EXPORTER: 'atof,atif' };
  const result = await runApp({ args: ['--import', built('register.js')], cwd: folder, env, code });
  expect(result).toMatchObject({ code: 0, stderr: '' });
  const [document = '', events = ''] = readdirSync(join(folder, 'flow')).toSorted();
  expect([document, events]).toEqual([expect.stringMatching(/^[0-9a-f-]{36}\.atif\.json$/), 'events.atof.jsonl']);
  const lines = readFileSync(join(folder, 'flow', events), 'utf8')
    .split('\n')
    .slice(0, -1);
  expect(validated(lines)).toHaveLength(9);
});

it('a folder that cannot be written costs one warning on standard error, and nothing else', async () => {
  const env = { FLOW_ATIF_DIR: '/dev/null/folder', OTEL_TRACES_EXPORTER: 'none' };
  const result = await runApp({
    args: REGISTER,
    env,
    code: `${AGENT}\nfor (let i = 0; i < 5; i++) { await agent(); await flow.flush(); }\nconsole.log('done');`,
  });
  expect(result).toMatchObject({ code: 0, stdout: 'done\n' });
  expect(result.stderr.trim().split('\n')).toEqual([expect.stringContaining('/dev/null/folder')]);
});

it('two processes in one folder that tell of the same traces both leave all of their documents', async () => {
  // Both begin the same run at the same time, in a trace that came to both from outside.
  const code = `
    import { mkdirSync, readdirSync } from 'node:fs';
    import { context, trace } from '@opentelemetry/api';
    import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
    import { createAtifProcessor } from '@flow/register/sdk';
    ${AGENT}
    context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
    const atif = ${atifInto(folder)};
    const here = ${JSON.stringify(join(folder, 'here'))};
    mkdirSync(here + '/' + process.pid, { recursive: true });
    while (readdirSync(here).length < 2) await new Promise((resolve) => setTimeout(resolve, 1));
    for (let i = 0; i < 100; i++) {
      const remote = { traceId: String(i + 1).padStart(32, '0'), spanId: '1'.repeat(16), traceFlags: 0, isRemote: true };
      await context.with(trace.setSpanContext(context.active(), remote), () => ask('process ' + process.pid));
      if (i % 10 === 9) await atif.forceFlush();
    }`;
  const results = await Promise.all([runApp({ code }), runApp({ code })]);
  expect(results.map((result) => [result.code, result.stderr])).toEqual([
    [0, ''],
    [0, ''],
  ]);
  const byProcess = documents().map((document) => String(messagesOf(document)[0]));
  expect(byProcess).toHaveLength(200);
  expect([...new Set(byProcess)].map((process) => byProcess.filter((each) => each === process).length)).toEqual([
    100, 100,
  ]);
  expect(readdirSync(folder).filter((name) => name.endsWith('.tmp'))).toEqual([]);
});

it('a process that is killed at any moment never leaves half a document', async () => {
  const code = `
    ${AGENT}
    const long = 'x'.repeat(200_000);
    await flow.scope.run('long', { type: 'agent' }, async () => {
      for (let i = 0; ; i++) {
        await ask(i + long);
        await flow.flush();
        if (i === 1) process.stdout.write('ready');
      }
    });`;
  const killed: AppResult[] = [];
  for (let i = 0; i < 8; i++)
    killed.push(
      await runApp({
        args: REGISTER,
        env: { FLOW_ATIF_DIR: folder, OTEL_TRACES_EXPORTER: 'none' },
        code,
        signal: 'SIGKILL',
      }),
    );
  expect(killed.map(({ signal, stderr }) => [signal, stderr])).toEqual(killed.map(() => ['SIGKILL', '']));
  const all = documents();
  expect(all).toHaveLength(8);
  expect(all.map(({ steps }) => steps.length >= 4 && steps.length % 2 === 0)).toEqual(all.map(() => true));
});
