// SPDX-License-Identifier: Apache-2.0
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { ROOT, runApp } from '../support/run.ts';

const OLDEST = join(ROOT, 'test/apps/packaging/node_modules/node-22-linux-x64/bin/node');
const none = { OTEL_TRACES_EXPORTER: 'none', OTEL_METRICS_EXPORTER: 'none', OTEL_LOGS_EXPORTER: 'none' };
const args = ['--permission', `--allow-fs-read=${ROOT}`, '--import', join(ROOT, 'dist/esm/register.js')];

const code = `import { OpenAI } from 'openai';
  import { flow } from '@flow/register/api';
  flow.llm.addConditionalExecution('none', () => 'no');
  const client = new OpenAI({ apiKey: 'k', maxRetries: 0, fetch: async () => new Response('{}') });
  await client.chat.completions.create({ model: 'm', messages: [] }).then(() => console.log('sent'), (error) => console.log(error.code));`;

describe('an application under node --permission that may read its own files only', () => {
  it('starts, and policy holds', async () => {
    const { stdout, stderr } = await runApp({ args, code, env: none });
    expect({ stdout, stderr }).toEqual({ stdout: 'FLOW_GUARDRAIL_REJECTED\n', stderr: '' });
  });

  it('is told what Flow may not do, and runs', async () => {
    const env = { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:9', FLOW_ATOF_FILE: join(ROOT, 'x.jsonl') };
    const { stdout, stderr } = await runApp({ args, code, env });
    expect(stdout).toBe('FLOW_GUARDRAIL_REJECTED\n');
    expect(stderr.trimEnd().split('\n')).toEqual([
      expect.stringMatching(/^flow: atof '.*x\.jsonl': .* not written: .*--allow-fs-write/),
      expect.stringMatching(/^flow: .* lost on the way to http:\/\/127\.0\.0\.1:9: .*--allow-worker/),
    ]);
  });

  it.runIf(existsSync(OLDEST))('is told which flag a Node needs that hooks modules in a thread', async () => {
    const run = promisify(execFile)(OLDEST, [...args, '--input-type=module', '--eval', code], {
      cwd: ROOT,
      env: { ...process.env, ...none, NODE_OPTIONS: '' },
    });
    const { stdout, stderr } = await run;
    expect(stdout).toBe('sent\n');
    expect(stderr).toMatch(
      /^flow: AI SDKs cannot be patched as they load .*; start Node with --allow-worker as well\n$/,
    );
  });
});
