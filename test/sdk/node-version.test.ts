// SPDX-License-Identifier: Apache-2.0
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

import { unsupportedNode } from '../../src/sdk/node-version.ts';
import { ROOT, runApp } from '../support/run.ts';

describe('the Node that Flow needs', () => {
  it.each(['22.15.0', '22.21.1', '23.0.0', '24.21.0', '26.0.0'])('%s is new enough', (version) => {
    expect(unsupportedNode(version)).toBeUndefined();
  });

  it.each(['18.20.0', '20.20.2', '22.14.0'])('%s is not, and the line says what is', (version) => {
    expect(unsupportedNode(version)).toContain(`needs Node.js 22.15 or newer, this is ${version}`);
  });
});

describe('an older Node', () => {
  const inline = (code: string): string => `data:text/javascript,${encodeURIComponent(code)}`;
  // What it does not have is missing, and it says what it is.
  const source = `const module = process.getBuiltinModule('node:module');
    delete module.registerHooks; module.syncBuiltinESMExports();
    Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '22.14.0' } });`;
  const run = (entry: string, env: Record<string, string> = {}): ReturnType<typeof runApp> =>
    runApp({
      args: ['--import', inline(source), '--import', entry],
      code: `console.log('application runs')`,
      env,
    });
  const line = /^flow: needs Node\.js 22\.15 or newer, this is 22\.14\.0: [^\n]+; update Node\.js\n$/;

  const required = `process.getBuiltinModule('node:module').createRequire(${JSON.stringify(`${ROOT}/`)})('./dist/cjs/register.js')`;
  it.each([
    ['@flow/register', join(ROOT, 'dist/esm/register.js')],
    ['@flow/register/hooks', join(ROOT, 'dist/esm/hooks.js')],
    ['@flow/register, the CommonJS build', inline(required)],
  ])('runs the application without Flow, and one line says so (%s)', async (_, entry) => {
    const { code, stdout, stderr } = await run(entry);
    expect({ code, stdout }).toEqual({ code: 0, stdout: 'application runs\n' });
    expect(stderr).toMatch(line);
  });

  it('does not run it where policy that cannot see a call must refuse it', async () => {
    const { code, stdout, stderr } = await run(join(ROOT, 'dist/esm/register.js'), {
      FLOW_UNPATCHED: 'refuse',
      FLOW_LOG: 'none',
    });
    expect({ code, stdout }).toEqual({ code: 78, stdout: '' });
    expect(stderr).toMatch(line);
  });

  it('says nothing with FLOW_DISABLED', async () => {
    const result = await run(join(ROOT, 'dist/esm/register.js'), { FLOW_DISABLED: 'true' });
    expect(result).toMatchObject({ code: 0, stdout: 'application runs\n', stderr: '' });
  });
});
