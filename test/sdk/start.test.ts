// SPDX-License-Identifier: Apache-2.0
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { ROOT, runApp } from '../support/run.ts';

const register = join(ROOT, 'dist/esm/register.js');
const folder = mkdtempSync(join(tmpdir(), 'flow-start-'));
afterAll(() => rmSync(folder, { recursive: true }));

const quiet = { OTEL_TRACES_EXPORTER: 'none' };
const application = `console.log('application runs')`;

function moduleFile(name: string, source: string): string {
  const path = join(folder, name);
  writeFileSync(path, source);
  return path;
}

describe('the start', () => {
  it('says in one line what is patched, where spans and files go, and whether content does', async () => {
    const env = {
      FLOW_LOG: 'info',
      OTEL_EXPORTER_OTLP_ENDPOINT: 'http://user:secret@127.0.0.1:9',
      FLOW_ATOF_FILE: join(folder, 'events.jsonl'),
      FLOW_EXIT_TIMEOUT_MS: '0',
    };
    const { stdout, stderr } = await runApp({ args: ['--import', register], code: application, env });
    expect(stdout).toBe('application runs\n');
    const [line, ...more] = stderr.trim().split('\n');
    expect(more).toEqual([]);
    expect(line).toContain('patches openai');
    expect(line).toContain('OTLP http/protobuf http://127.0.0.1:9/v1/traces');
    expect(line).toContain(`ATOF ${env.FLOW_ATOF_FILE}`);
    expect(line).toContain('content on spans off');
    expect(line).not.toContain('secret');
  });

  it('prints nothing at all where nobody asked and nothing is wrong', async () => {
    const { stderr, stdout } = await runApp({ args: ['--import', register], code: application, env: quiet });
    expect({ stderr, stdout }).toEqual({ stderr: '', stdout: 'application runs\n' });
  });

  it('happens once, whichever way it is asked for again, and says so once', async () => {
    const args = [
      '--import',
      register,
      '--require',
      join(ROOT, 'dist/cjs/register.js'),
      '--import',
      join(ROOT, 'dist/esm/hooks.js'),
    ];
    const { code, stdout, stderr } = await runApp({ args, code: application, env: quiet });
    expect({ code, stdout }).toEqual({ code: 0, stdout: 'application runs\n' });
    expect(stderr.match(/already started/g)).toHaveLength(2);
  });

  it('leaves nothing in force under FLOW_DISABLED, not even policy', async () => {
    const policy = moduleFile(
      'deny-all.mjs',
      `import { flow } from '${join(ROOT, 'dist/esm/api.js')}'; flow.tool.addConditionalExecution('deny', () => 'no')`,
    );
    const code = `import { flow } from '@flow/register/api';
      console.log(await flow.scope.run('s', () => flow.tool.execute({ name: 'x', args: {} }, () => 'ran')));`;
    const args = ['--import', register, '--import', policy];
    const { stdout, stderr } = await runApp({ args, code, env: { FLOW_DISABLED: 'true' } });
    expect({ stdout, stderr }).toEqual({ stdout: 'ran\n', stderr: '' });
  });

  it('writes no file under OTEL_SDK_DISABLED, while policy holds', async () => {
    const path = join(folder, 'disabled.jsonl');
    const policy = moduleFile(
      'deny.mjs',
      `import { flow } from '${join(ROOT, 'dist/esm/api.js')}'; flow.tool.addConditionalExecution('deny', () => 'no')`,
    );
    const code = `import { flow } from '@flow/register/api';
      await flow.tool.execute({ name: 'x', args: {} }, () => 1).catch((error) => console.log(error.code));`;
    const { stdout } = await runApp({
      args: ['--import', register, '--import', policy],
      code,
      env: { OTEL_SDK_DISABLED: 'true', FLOW_ATOF_FILE: path },
    });
    expect(stdout).toBe('FLOW_GUARDRAIL_REJECTED\n');
    expect(existsSync(path)).toBe(false);
  });
});

describe('a policy module', () => {
  const cases = [
    ['that throws', moduleFile('throws.mjs', `throw new Error('rule 7 is broken')`), 'rule 7 is broken'],
    [
      'that rejects later',
      moduleFile('rejects.mjs', `await Promise.reject(new Error('no rules today'))`),
      'no rules today',
    ],
    ['that does not exist', join(folder, 'missing.mjs'), 'missing.mjs'],
    [
      'that registers a name twice',
      moduleFile(
        'twice.mjs',
        `import { flow } from '${join(ROOT, 'dist/esm/api.js')}';
      for (const reason of ['a', 'b']) flow.tool.addConditionalExecution('rule', () => reason);`,
      ),
      'FLOW_NAME_TAKEN',
    ],
  ] as const;
  it.each(cases)(
    '%s stops the application before it starts, with its reason and an exit code',
    async (_, path, reason) => {
      const { code, stdout, stderr } = await runApp({
        args: ['--import', register, '--import', path],
        code: application,
        env: quiet,
      });
      expect(code).not.toBe(0);
      expect(stdout).toBe('');
      expect(stderr).toContain(reason);
    },
  );
});

describe('a file that cannot be written', () => {
  it('does not hang the process where no folder can be made at all', async () => {
    const code = `import { flow } from '@flow/register/api';
      await flow.scope.run('a', { type: 'agent' }, () => flow.tool.execute({ name: 'x', args: {} }, () => 1)); console.log('application runs');`;
    const env = { ...quiet, FLOW_ATOF_FILE: '/proc/nope/events.jsonl', FLOW_ATIF_DIR: '/proc/nope/atif' };
    const result = await runApp({ args: ['--import', register], code, env });
    expect({ code: result.code, stdout: result.stdout }).toEqual({ code: 0, stdout: 'application runs\n' });
    expect(result.stderr).toContain('FLOW_ATOF_FILE');
    expect(result.stderr).toContain('FLOW_ATIF_DIR');
  });

  it('costs one warning that names it, and the application runs on', async () => {
    const path = '/dev/null/events.jsonl';
    const code = `import { flow } from '@flow/register/api';
      for (let i = 0; i < 5; i++) await flow.tool.execute({ name: 'x', args: {} }, () => 1);
      await flow.flush(); console.log('application runs');`;
    const env = { ...quiet, FLOW_ATOF_FILE: path, FLOW_ATIF_DIR: '/dev/null/atif' };
    const result = await runApp({ args: ['--import', register], code, env });
    expect({ code: result.code, stdout: result.stdout }).toEqual({ code: 0, stdout: 'application runs\n' });
    expect(result.stderr.match(/events\.jsonl/g)?.length).toBeGreaterThan(0);
    expect(
      result.stderr
        .trim()
        .split('\n')
        .filter((line) => line.includes('atof')),
    ).toHaveLength(1);
    expect(
      result.stderr
        .trim()
        .split('\n')
        .filter((line) => line.includes('atif')),
    ).toHaveLength(1);
  });
});
