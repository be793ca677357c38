// SPDX-License-Identifier: Apache-2.0
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { root } from '../consumer.ts';
import { expectPolicy, expectSeen, type Matrix, runAs } from './agent.ts';

const ESBUILD = join(root, 'test/apps/packaging/node_modules/esbuild/bin/esbuild');
const START = ['--import', '@flow/register', '--import', './policy.mjs'];

/** What an application adds where it bundles its AI SDK. */
const byHand = `import OpenAI from 'openai';
import { instrument } from '@flow/register/sdk';
instrument(OpenAI);
`;

/** An application that goes through esbuild before it runs. */
export function describeBundles(matrix: () => Matrix): void {
  const bundle = async (name: string, source: string, flags: readonly string[]): Promise<string> => {
    const format = source.endsWith('.cjs') ? 'cjs' : 'esm';
    const file = `bundles/${name}.${format === 'cjs' ? 'cjs' : 'mjs'}`;
    const options = ['--bundle', '--platform=node', `--format=${format}`, `--outfile=${file}`, '--log-level=warning'];
    const { code, stderr } = await matrix().consumer.node([ESBUILD, source, ...options, ...flags]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    return file;
  };

  describe('a bundled agent', { timeout: 120_000 }, () => {
    test.concurrent.each([
      ['an ES module', 'agent.mjs'],
      ['CommonJS', 'agent.cjs'],
    ])('is seen and controlled with --packages=external, as %s', async (_, source) => {
      const name = `bundle-external-${source.slice(-3)}`;
      const file = await bundle(name, source, ['--packages=external']);
      expectSeen(name, matrix(), await runAs(name, matrix(), [...START, file]));
    });

    test.concurrent.each([
      ['is', ['--external:@flow/register'], 'agent.mjs'],
      ['and a Flow that are', [], 'agent.cjs'],
    ])('is told of when the SDK %s in the bundle; policy holds for tools', async (_, flags, source) => {
      const name = `bundle-sdk-${source.slice(-3)}`;
      const file = await bundle(name, source, flags);
      const { code, stdout, stderr } = await runAs(name, matrix(), [...START, file]);
      expect({ code, stdout }).toEqual({ code: 0, stdout: '1\nFLOW_GUARDRAIL_REJECTED\n' });
      expect(stderr).toMatch(
        /^flow: openai@7\S+ sends requests that Flow neither .* --packages=external.* instrument\(\) of .*\n$/,
      );
    });

    test.concurrent('is seen and controlled by instrument() when the SDK is in the bundle, minified', async () => {
      const { consumer } = matrix();
      await consumer.write({ 'by-hand.mjs': `${byHand}await import('./agent.mjs');` });
      const file = await bundle('by-hand', 'by-hand.mjs', ['--external:@flow/register', '--minify']);
      expectSeen('by-hand', matrix(), await runAs('by-hand', matrix(), [...START, file]));
    });

    test.concurrent('is controlled by instrument() when all of it is in the bundle', async () => {
      const { consumer } = matrix();
      await consumer.write({
        'by-hand.cjs': `require('@flow/register/sdk').instrument(require('openai'));\nrequire('./agent.cjs');`,
      });
      const file = await bundle('by-hand-all', 'by-hand.cjs', []);
      const ended = await runAs('by-hand-all', matrix(), [...START, file]);
      expect(ended).toEqual({ code: 0, stdout: '1\nFLOW_GUARDRAIL_REJECTED\n', stderr: '' });
      expectPolicy('by-hand-all', matrix());
    });

    test.concurrent.each(['start.mjs', 'start.cjs'])(
      'that bundles what starts Flow runs, and says that Flow does not (%s)',
      async (source) => {
        await matrix().consumer.write({
          'start.mjs': `import '@flow/register';\nconsole.log('runs');`,
          'start.cjs': `import '@flow/register';\nconsole.log('runs');`,
        });
        const file = await bundle(`start-${source.slice(-3)}`, source, []);
        const { code, stdout, stderr } = await runAs('start', matrix(), [file]);
        expect({ code, stdout }).toEqual({ code: 0, stdout: 'runs\n' });
        expect(stderr).toMatch(
          /^flow: not started, because @flow\/register was bundled .*--external:@flow\/register.*\n$/,
        );
        const refused = await runAs('start', matrix(), [file], { env: { FLOW_UNPATCHED: 'refuse' } });
        expect(refused).toMatchObject({ code: 78, stdout: '' });
      },
    );
  });
}
