// SPDX-License-Identifier: Apache-2.0
import { existsSync, mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { expectValidAtif, expectValidAtof } from '../support/formats/index.ts';
import { gptPo } from './gpt-po.ts';
import { installedPrograms } from './installed-programs.ts';
import { pi } from './pi.ts';
import { runProgram } from './run-program.ts';
import type { Run } from './run-program.ts';
import { attribute, startTraceReceiver } from './trace-receiver.ts';
import type { ReceivedSpan } from './trace-receiver.ts';

const register = pathToFileURL(join(import.meta.dirname, '../../dist/esm/register.js')).href;
const policy = pathToFileURL(join(import.meta.dirname, 'reject-model-calls.mjs')).href;
const scratch = realpathSync(mkdtempSync(join(tmpdir(), 'flow-programs-')));

interface AtofLine {
  readonly kind: string;
  readonly category: string | null;
  readonly scope_category?: string;
  readonly data: unknown;
}

interface AtifStep {
  readonly source: string;
  readonly message: unknown;
  readonly metrics?: { readonly prompt_tokens?: number; readonly completion_tokens?: number };
}

beforeAll(() => {
  installedPrograms();
}, 300_000);

afterAll(() => {
  rmSync(scratch, { recursive: true, force: true });
});

describe.each([gptPo, pi])('$name, with openai $openai from its own node_modules,', (program) => {
  const folder = join(scratch, program.name);
  const files = join(scratch, `${program.name}-flow`);
  let plain: Run;
  let observed: Run;
  let refused: Run;
  let spans: readonly ReceivedSpan[];

  beforeAll(async () => {
    const receiver = await startTraceReceiver();
    const under = (name: string): Record<string, string> => ({
      OTEL_EXPORTER_OTLP_ENDPOINT: receiver.endpoint,
      OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json',
      FLOW_ATOF_FILE: join(files, `${name}.jsonl`),
      FLOW_ATIF_DIR: join(files, name),
    });
    try {
      plain = await runProgram(program, folder);
      observed = await runProgram(program, folder, { execArgv: ['--import', register], env: under('observed') });
      spans = [...receiver.spans];
      const execArgv = ['--import', register, '--import', policy];
      refused = await runProgram(program, folder, { execArgv, env: under('refused') });
    } finally {
      await receiver.close();
    }
  }, 200_000);

  const modelEvents = (name: string): readonly AtofLine[] => {
    const path = join(files, `${name}.jsonl`);
    const text = existsSync(path) ? readFileSync(path, 'utf8') : '';
    expectValidAtof(text);
    const events = text.split('\n').flatMap((line) => (line === '' ? [] : [JSON.parse(line) as AtofLine]));
    return events.filter((event) => event.kind === 'scope' && event.category === 'llm');
  };

  test('does its task without Flow', () => {
    expect(plain).toMatchObject({ code: 0, stderr: '' });
    expect(plain.stdout).not.toBe('');
    const versions = plain.requests.map((request) => request.headers['x-stainless-package-version']);
    expect(versions).toEqual(program.usage.map(() => program.openai));
  });

  test('prints, writes, sends and returns under Flow what it does without', () => {
    const seen = ({ requests, ...run }: Run): unknown => ({
      ...run,
      bodies: requests.map(({ raw }) => raw.toString()),
    });
    expect(seen(observed)).toEqual(seen(plain));
  });

  test('has each of its model calls in the trace, with the tokens it used', () => {
    const chats = spans
      .filter((span) => span.name.startsWith('chat '))
      .toSorted((a, b) => Number(BigInt(a.startTimeUnixNano) - BigInt(b.startTimeUnixNano)));
    const tokens = chats.map((span) => ({
      input: attribute(span, 'gen_ai.usage.input_tokens'),
      output: attribute(span, 'gen_ai.usage.output_tokens'),
    }));
    expect(tokens).toEqual(program.usage);
    expect(chats.map((span) => span.status?.code ?? 0)).toEqual(program.usage.map(() => 0));
  });

  test('has each of its model calls in the ATOF file, with the request as the provider got it', () => {
    const events = modelEvents('observed');
    const starts = events.filter((event) => event.scope_category === 'start');
    const sent = starts.map((event) => (event.data as { content: unknown }).content);
    expect(sent).toEqual(observed.requests.map((request) => request.body));
    expect(events.filter((event) => event.scope_category === 'end')).toHaveLength(program.usage.length);
  });

  test('has one ATIF document, with a step for each model call and the answer in the last', () => {
    const documents = readdirSync(join(files, 'observed')).filter((file) => file.endsWith('.json'));
    expect(documents).toHaveLength(1);
    const document = JSON.parse(readFileSync(join(files, 'observed', documents[0]!), 'utf8')) as { steps: AtifStep[] };
    expectValidAtif(document);
    const measured = document.steps.filter((step) => step.metrics !== undefined);
    expect(
      measured.map(({ metrics }) => ({ input: metrics?.prompt_tokens, output: metrics?.completion_tokens })),
    ).toEqual(program.usage);
    expect(document.steps.at(-1)).toMatchObject({ source: 'agent', message: program.answer });
  });

  test('reaches no provider when a policy rejects its model calls, and ends in its own way', () => {
    expect(refused.requests).toEqual([]);
    expect(refused.code).toBe(program.exitCodeWithoutModel);
    expect(refused.stderr).toContain('no model calls in this house');
    expect(modelEvents('refused')).toEqual([]);
  });
});
