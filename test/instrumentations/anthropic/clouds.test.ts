// SPDX-License-Identifier: Apache-2.0
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ALLOW, makeTree } from '../../support/application-tree.ts';
import { type RecordedEvent, eventsIn } from '../../support/golden/recorded-files.ts';
import { ROOT, runApp } from '../../support/run.ts';

interface Line {
  readonly cloud: string;
  readonly name: string;
  readonly seen: unknown;
  readonly asked: readonly (readonly [url: string, scheme: string, signed: boolean | undefined, body: unknown])[];
}

interface ModelEvent extends RecordedEvent {
  readonly scope_category?: string;
  readonly category_profile?: Readonly<Record<string, unknown>>;
}

const INSTALLED = join(ROOT, 'test/apps/anthropic-clouds/node_modules');
const REGISTER = ['--import', join(ROOT, 'dist/esm/register.js')];
const none = { OTEL_TRACES_EXPORTER: 'none', OTEL_METRICS_EXPORTER: 'none', OTEL_LOGS_EXPORTER: 'none' };
const folders: string[] = [];
afterAll(() => folders.forEach((each) => rmSync(each, { recursive: true })));

describe.each([
  // The client makes of Bedrock's streams what all clients read.
  ['Bedrock and Vertex AI, version 1', '@anthropic-ai/bedrock-sdk', ['bedrock', 'vertex'], 'esm'],
  // It has a reader of its own for them.
  ['Bedrock, version 0.29', 'bedrock-sdk-0', ['bedrock'], 'cjs'],
])('Claude in %s', (_, bedrock, clouds, format) => {
  let tree: string;
  let plain: readonly Line[];
  let flow: readonly Line[];
  let events: readonly ModelEvent[];
  beforeAll(async () => {
    const packages = ['@anthropic-ai/vertex-sdk', '@smithy'].map((name) => [name, join(INSTALLED, name)] as const);
    const own = { ...Object.fromEntries(packages), '@anthropic-ai/bedrock-sdk': join(INSTALLED, bedrock) };
    tree = makeTree('clouds', own, [import.meta.dirname, ALLOW]);
    const files = mkdtempSync(join(tmpdir(), 'flow-clouds-files-'));
    folders.push(tree, files);
    const run = async (args: readonly string[], ...programArgs: readonly string[]): Promise<readonly Line[]> => {
      const env = { ...none, ...(programArgs.includes('control') && { FLOW_ATOF_FILE: join(files, 'events.jsonl') }) };
      const file = join(tree, 'clouds-app.mjs');
      const { code, stdout, stderr } = await runApp({ args, file, programArgs, env, timeout: 50_000 });
      if (code !== 0 || stderr !== '') throw new Error(`exit code ${code}\n${stderr}`);
      const lines = stdout.trimEnd().split('\n');
      return lines.map((line) => JSON.parse(line) as Line);
    };
    const both = clouds.join(',');
    [plain, flow] = await Promise.all([run([], format, both), run(REGISTER, format, both, 'control')]);
    events = eventsIn<ModelEvent>(files).filter(({ category }) => category === 'llm');
  }, 60_000);

  it('callers and servers see what they see without, also under a policy that changes nothing', () => {
    expect(plain).toHaveLength(9 * clouds.length);
    expect(flow.slice(0, plain.length)).toEqual(plain);
    expect(flow.slice(plain.length, 2 * plain.length)).toEqual(plain);
  });

  it('each request is one model call, of the provider of the cloud, with what the answer says, streamed or not', () => {
    const asked = plain.flatMap((line) => line.asked.map(() => line));
    const of = (kind: string): readonly ModelEvent[] =>
      events.filter(({ scope_category: each }) => each === kind).slice(0, asked.length);
    expect(of('start').map(({ metadata }) => metadata?.['flow.provider'])).toEqual(
      asked.map(({ cloud }) => (cloud === 'bedrock' ? 'aws.bedrock' : 'gcp.vertex_ai')),
    );
    const outcomes = of('end').map(({ metadata, category_profile: profile }) => {
      const { id, usage } = (profile?.['annotated_response'] ?? {}) as { id?: unknown; usage?: object };
      return { status: metadata?.['otel.status_code'], id, ...usage };
    });
    const counted = { id: 'msg_1', input_tokens: 7, output_tokens: 3, total_tokens: 10 };
    expect(outcomes).toEqual(
      asked.map(({ name }) => {
        if (name === 'fails') return { status: 'ERROR' };
        return { status: name === 'left' ? 'UNSET' : 'OK', ...counted };
      }),
    );
  });

  it('asks the model that an intercept names, with a signature that holds; wraps streams, asks again, and refuses', () => {
    for (const [at, cloud] of clouds.entries()) {
      const [helper, fails, create] = flow.slice(2 * plain.length + 3 * at) as [Line, Line, Line];
      const url =
        cloud === 'bedrock' ? '/claude-haiku-4-5/invoke-with-response-stream' : '/claude-haiku-4-5:streamRawPredict';
      expect(helper.asked).toHaveLength(1);
      expect(helper.asked[0]?.[0]).toContain(url);
      expect(helper.asked[0]?.[2]).toBe(cloud === 'bedrock' ? true : null);
      expect(helper.seen).toMatchObject({ content: [{ text: 'HELLO THERE.' }] });
      expect(create.asked).toEqual([create.asked[0], create.asked[0]]);
      expect(create.asked[0]?.[0]).toContain('claude-haiku-4-5');
      expect(fails).toMatchObject({ seen: { thrown: 'GuardrailRejectedError', status: 403 }, asked: [] });
    }
  });

  it('is taken by hand: the class of the client of each cloud', async () => {
    writeFileSync(
      join(tree, 'by-hand.mjs'),
      `import { AnthropicBedrock } from '@anthropic-ai/bedrock-sdk';
      import { flow } from '@flow/register/api';
      import { coverage, instrument } from '@flow/register/sdk';
      const vertex = await import('@anthropic-ai/vertex-sdk');
      const client = new AnthropicBedrock({ awsRegion: 'r', awsAccessKey: 'a', awsSecretKey: 's', baseURL: 'http://127.0.0.1:1', maxRetries: 0 });
      console.log(instrument(AnthropicBedrock), instrument(client), instrument(vertex));
      flow.llm.addConditionalExecution('none', ({ provider }) => provider);
      const messages = [{ role: 'user', content: 'hi' }];
      console.log(await client.messages.create({ model: 'm', max_tokens: 9, messages }).catch((error) => error.reason));
      console.log(JSON.stringify(coverage().map(({ patched, missing }) => [patched, missing])));`,
    );
    const { stdout, stderr } = await runApp({ file: join(tree, 'by-hand.mjs') });
    const row = [['Anthropic.makeRequest', 'Beta.Messages.toolRunner'], []];
    // Another version of the client beneath is another copy.
    const rows = Array.from({ length: 3 - clouds.length }, () => row);
    expect({ stdout, stderr }).toEqual({
      stdout: `true true true\naws.bedrock\n${JSON.stringify(rows)}\n`,
      stderr: '',
    });
  });
});
