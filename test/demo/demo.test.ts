// SPDX-License-Identifier: Apache-2.0
import { globSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { replies } from '../../scripts/demo/replies.ts';
import type { Trajectory } from '../../src/atif/trajectory.ts';
import { expectValidAtif, expectValidAtof } from '../support/formats/index.ts';
import { type OpenAiServer, startOpenAiServer } from '../support/openai-server/server.ts';
import { type AppResult, ROOT, runApp } from '../support/run.ts';

const AGENT = 'examples/agent/agent.mjs';
const CARD_NUMBER = '4111 1111 1111 1111';
const folder = mkdtempSync(join(tmpdir(), 'flow-demo-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const runDemo = (env: Record<string, string>, into: string): Promise<AppResult> =>
  runApp({ file: 'scripts/demo.mjs', programArgs: [into], env, timeout: 60_000 });

/** The files of one run, by their extension. */
const filesOf = (run: string, extension: string): string[] =>
  globSync(`${run}/*.${extension}`, { cwd: folder }).map((file) => readFileSync(join(folder, file), 'utf8'));

/** Each trajectory as the tool calls with their results and the texts of its agent, in the order in which they began. */
function conversations(run: string): (string | readonly (string | undefined)[])[][] {
  return filesOf(run, 'atif.json')
    .map((text) => JSON.parse(text) as Trajectory)
    .toSorted((a, b) => String(a.steps[0]?.timestamp).localeCompare(String(b.steps[0]?.timestamp)))
    .map(({ steps }) =>
      steps.flatMap((step) => {
        const results = new Map(step.observation?.results.map((result) => [result.source_call_id, result.content]));
        const calls = (step.tool_calls ?? []).map((call) => [
          call.function_name,
          results.get(call.tool_call_id) as string | undefined,
        ]);
        return [...(step.message === '' ? [] : [step.message as string]), ...calls];
      }),
    );
}

describe('the demo without a key', () => {
  let result: AppResult;
  let first: string;
  let second: string;
  let comparison: string;
  beforeAll(async () => {
    result = await runDemo({ OPENAI_API_KEY: '' }, folder);
    [first = '', second = '', comparison = ''] = result.stdout.split(/^(?=2\. The same)|^(?=What the policy changed)/m);
  });

  it('ends with code 0, plain text and fewer than 60 lines for each run', () => {
    expect({ code: result.code, stderr: result.stderr }).toEqual({ code: 0, stderr: '' });
    expect(result.stdout).not.toContain('\u001b');
    expect(Math.max(first.split('\n').length, second.split('\n').length)).toBeLessThan(60);
    expect(second).not.toBe('');
    expect(comparison).not.toBe('');
  });

  it('prints what the application says alone, word for word', async () => {
    const server = await startOpenAiServer({ reply: replies });
    const alone = await runApp({ file: AGENT, env: { OPENAI_API_KEY: 'sk-test', OPENAI_BASE_URL: server.url } });
    await server.close();
    expect({ code: alone.code, stderr: alone.stderr }).toEqual({ code: 0, stderr: '' });
    const printed = first.split('\n').flatMap((line) => /^ {2}│ (.*)$/.exec(line)?.[1] ?? []);
    expect(printed).toEqual(alone.stdout.trimEnd().split('\n'));
  });

  it('prints the tree of the trace: durations, time to the first chunk, and tokens only where the provider told them', () => {
    const time = String.raw`\d+(?:\.\d+)? m?s`;
    const chat = String.raw`─ chat gpt-4\.1-mini +${time} +${time}`;
    for (const line of [
      /one conversation, 2 calls .* joined by their history/,
      new RegExp(`├${chat} +unavailable +asks for get_order and track_parcel$`, 'm'),
      new RegExp(`└${chat} +unavailable +says "Your order`, 'm'),
      new RegExp(`^ +runTools +${time}$`, 'm'),
      new RegExp(String.raw`├${chat} +\d+ / \d+ +asks for create_ticket$`, 'm'),
      new RegExp(`├─ execute_tool create_ticket +${time}$`, 'm'),
      new RegExp(String.raw`├${chat} +\d+ / \d+ +asks for send_email$`, 'm'),
      new RegExp(`├─ execute_tool send_email +${time}$`, 'm'),
      new RegExp(String.raw`└${chat} +\d+ / \d+ +says "Ticket T-77`, 'm'),
    ])
      expect(first).toMatch(line);
  });

  it('shows under the policy who refused what, and the error with which the loop ended', () => {
    expect(second).toMatch(/runTools .*error: guardrail rejected: mail is sent by people only$/m);
    expect(second).toMatch(/└─ no-outbound-mail .*refused send_email: mail is sent by people only$/m);
    expect(second).toContain('the case could not be written up: guardrail rejected: mail is sent by people only');
    expect(second).not.toContain('execute_tool send_email');
  });

  it('says which tools crossed a seam and which the application ran itself', () => {
    for (const run of [first, second]) {
      expect(run).toMatch(/^ +get_order +run by the application itself/m);
      expect(run).toMatch(/^ +track_parcel +run by the application itself/m);
      expect(run).toMatch(/^ +create_ticket +crossed a seam \(runTools\): managed/m);
    }
    expect(first).toMatch(/^ +send_email +crossed a seam \(runTools\): managed/m);
    expect(second).toMatch(/^ +send_email +crossed a seam \(runTools\): refused by no-outbound-mail/m);
  });

  it('counts at the provider what the policy changed', () => {
    expect(comparison).toMatch(/requests to the model, as the server received them +5 +4$/m);
    expect(comparison).toMatch(/with the card number in them +5 +0$/m);
    expect(comparison).toMatch(/times that send_email ran +1 +0$/m);
  });

  it('writes an ATOF stream and two trajectories for each run, valid and named in the output', () => {
    for (const [run, output] of [
      ['as-it-is', first],
      ['under-policy', second],
    ] as const) {
      const files = globSync(`${run}/*`, { cwd: folder });
      expect(files).toHaveLength(3);
      for (const file of files) expect(output).toContain(`  ${join(folder, file)}\n`);
      expect(filesOf(run, 'atof.jsonl')).toHaveLength(1);
      filesOf(run, 'atof.jsonl').forEach(expectValidAtof);
      filesOf(run, 'atif.json').forEach((text) => expectValidAtif(JSON.parse(text)));
    }
  });

  it('tells in the trajectories what was asked, answered, run, failed and refused', () => {
    const answer = [
      'You help customers of a shop. Look the order and its parcel up in one step, then answer.',
      expect.stringContaining('Where is my order A-1042?'),
      ['get_order', '{"id":"A-1042","status":"shipped","carrier":"Northwind","total":"49.90 EUR"}'],
      ['track_parcel', 'error: the carrier answered 503 Service Unavailable'],
      expect.stringMatching(/^Your order A-1042 has been shipped/),
    ];
    const filing = [expect.stringMatching(/^You file support cases/), expect.stringMatching(/^The customer asked/)];
    const ticket = ['create_ticket', '{"ticket":"T-77"}'];
    expect(conversations('as-it-is')).toEqual([
      answer,
      [...filing, ticket, ['send_email', '{"sent":true}'], 'Ticket T-77 is open and the customer has been told.'],
    ]);
    expect(conversations('under-policy')).toEqual([
      answer,
      [...filing, ticket, ['send_email', 'guardrail rejected: mail is sent by people only']],
    ]);
  });

  it('keeps the card number out of every file of the run under the policy', () => {
    const holds = (run: string): boolean[] => filesOf(run, '{json,jsonl}').map((text) => text.includes(CARD_NUMBER));
    expect(holds('as-it-is')).toEqual([true, true, true]);
    expect(holds('under-policy')).toEqual([false, false, false]);
  });
});

describe('the demo with OPENAI_API_KEY', () => {
  const KEY = 'sk-secret-of-the-user';
  const withServer = async <T>(server: OpenAiServer, use: (env: Record<string, string>) => Promise<T>): Promise<T> => {
    try {
      return await use({ OPENAI_API_KEY: KEY, OPENAI_BASE_URL: server.url });
    } finally {
      await server.close();
    }
  };

  it('talks to the provider that the environment names, and keeps the key to itself', async () => {
    const provider = await startOpenAiServer({ reply: replies });
    const into = join(folder, 'provider');
    const result = await withServer(provider, (env) => runDemo({ ...env, FLOW_STREAM_USAGE: 'request' }, into));
    expect({ code: result.code, stderr: result.stderr }).toEqual({ code: 0, stderr: '' });
    expect(new Set(provider.requests.map(({ headers }) => headers['authorization']))).toEqual(
      new Set([`Bearer ${KEY}`]),
    );
    expect(provider.requests.map(({ raw }) => raw.includes(CARD_NUMBER)).filter(Boolean)).toHaveLength(5);
    expect(result.stdout).toContain(`Its model is that of ${provider.url}`);
    expect(result.stdout).toMatch(/requests to the model, as recorded on the spans +5 +4$/m);
    expect(result.stdout).toMatch(/with the card number in them +5 +0$/m);
    // FLOW_STREAM_USAGE asked for what the application did not.
    expect(result.stdout).not.toContain('unavailable');
    const files = globSync('*/*', { cwd: into }).map((file) => readFileSync(join(into, file), 'utf8'));
    expect([result.stdout, ...files].filter((text) => text.includes(KEY))).toEqual([]);
  });

  it('shows the error and ends with code 1 when the provider refuses', async () => {
    const error = { status: 401, error: { message: 'Incorrect API key provided', code: 'invalid_api_key' } };
    const provider = await startOpenAiServer({ reply: () => error });
    const result = await withServer(provider, (env) => runDemo(env, join(folder, 'refused')));
    expect(result.code).toBe(1);
    expect(result.stdout).toMatch(/chat gpt-4\.1-mini .*error: 401 Incorrect API key provided/);
    expect(result.stdout).toContain('the application ended with code 1');
  });
});

describe('the example', () => {
  const imports = (file: string): string[] =>
    [...readFileSync(join(ROOT, file), 'utf8').matchAll(/(?:from|import|require)\s*\(?\s*'([^']+)'/g)].map(([, name]) =>
      String(name),
    );

  it('imports only the SDK, and its policy only the API', () => {
    expect(imports(AGENT)).toEqual(['openai']);
    expect(imports('examples/agent/policy.mjs')).toEqual(['@flow/register/api']);
  });
});
