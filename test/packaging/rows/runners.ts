// SPDX-License-Identifier: Apache-2.0
import { symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { root } from '../consumer.ts';
import { expectPolicy, type Matrix, runAs } from './agent.ts';

const JEST = join(root, 'test/apps/packaging/node_modules/jest/bin/jest.js');
const VITEST = join(root, 'node_modules/vitest/vitest.mjs');
const START = ['--import', '@flow/register', '--import', './policy.mjs'];

const expectations = `
  const messages = [{ role: 'user', content: 'Hello.' }];
  const answer = await new OpenAI().chat.completions.create({ model: 'gpt-5', messages });
  expect(answer.choices.length).toBe(1);
  await expect(flow.tool.execute({ name: 'send_email', args: {} }, () => 'sent')).rejects.toThrow('no email');`;

const imported = `import OpenAI from 'openai';\nimport { flow } from '@flow/register/api';\n`;
const required = `const OpenAI = require('openai');\nconst { flow } = require('@flow/register/api');\n`;
const esm = `${imported}import { instrument } from '@flow/register/sdk';\nimport '../policy.mjs';\ninstrument(OpenAI);\n`;
const cjs = `${required}require('@flow/register/sdk').instrument(OpenAI);\nrequire('../policy.cjs');\n`;

const files: Readonly<Record<string, string>> = {
  'jest-esm/package.json': '{ "type": "module" }',
  'jest-esm/jest.config.js': `export default { transform: {}, setupFiles: ['@flow/register'] };`,
  'jest-esm/agent.test.js': `${esm}test('agent', async () => {${expectations}\n});`,
  'jest-cjs/package.json': '{ "type": "commonjs" }',
  'jest-cjs/jest.config.js': `module.exports = { transform: {}, setupFiles: ['@flow/register'] };`,
  'jest-cjs/agent.test.js': `${cjs}test('agent', async () => {${expectations}\n});`,
  'jest-flag/package.json': '{ "type": "commonjs" }',
  'jest-flag/jest.config.js': 'module.exports = { transform: {} };',
  'jest-flag/agent.test.js': `${required}require('../policy.cjs');\ntest('agent', async () => {${expectations}\n});`,
  'vitest/agent.test.mjs': `import { expect, test } from 'vitest';\n${imported}test('agent', async () => {${expectations}\n});`,
};

/** Agents in the tests of an application. */
export function describeRunners(matrix: () => Matrix): void {
  describe('an agent in a test of the application', { timeout: 120_000 }, () => {
    test.concurrent.each(['jest-cjs', 'jest-esm'])(
      'is controlled in Jest by Flow as a set-up file and instrument(), as %s; one line says why',
      async (name) => {
        await matrix().consumer.write(files);
        const flags = name === 'jest-esm' ? ['--experimental-vm-modules', '--no-warnings'] : [];
        const { code, stderr } = await runAs(name, matrix(), [...flags, JEST, '--config', `${name}/jest.config.js`]);
        expect({ code, lines: linesOfFlow(stderr) }).toEqual({
          code: 0,
          lines: [expect.stringMatching(/^flow: AI SDKs cannot be patched as they load .* call instrument\(\) of /)],
        });
        expectPolicy(name, matrix());
      },
    );

    test.concurrent('is told of in Jest when Flow is only started by its flag', async () => {
      await matrix().consumer.write(files);
      const { code, stderr } = await runAs('jest-flag', matrix(), [
        ...START,
        JEST,
        '--config',
        'jest-flag/jest.config.js',
      ]);
      expect({ code, lines: linesOfFlow(stderr) }).toEqual({
        code: 0,
        lines: [
          expect.stringMatching(/^flow: openai@7\S+ sends requests that Flow neither .* call instrument\(\) of /),
        ],
      });
    });

    test.concurrent.each(['threads', 'forks'])('is controlled in vitest with %s', async (pool) => {
      const name = `vitest-${pool}`;
      const { consumer, collector } = matrix();
      await consumer.write({
        ...files,
        [`${name}.config.mjs`]: `export default { test: { root: 'vitest', pool: '${pool}', execArgv: ${JSON.stringify(START)} } };`,
      });
      await symlink(join(root, 'node_modules/vitest'), join(consumer.folder, 'node_modules/vitest')).catch(
        () => undefined,
      );
      const { code, stderr } = await runAs(name, matrix(), [VITEST, 'run', '--config', `${name}.config.mjs`]);
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
      expectPolicy(name, matrix());
      // The runner stops its threads in the middle of whatever they do, their spans' way out included.
      const spans = collector.spans.filter(({ resource }) => resource['service.name'] === name);
      expect(spans.some((span) => span.name === 'chat gpt-5') || pool === 'threads').toBe(true);
    });
  });
}

function linesOfFlow(stderr: string): readonly string[] {
  return stderr.split('\n').filter((line) => line.startsWith('flow: '));
}
