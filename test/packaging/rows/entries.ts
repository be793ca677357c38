// SPDX-License-Identifier: Apache-2.0
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { expectValidAtof } from '../../support/formats/index.ts';
import { read } from '../consumer.ts';
import type { Matrix } from './agent.ts';

/** Prints the names of the packages that were loaded, other than Flow itself, when the process exits. */
const recorder = `
import { registerHooks } from 'node:module';
const packages = new Set();
registerHooks({
  load(url, context, next) {
    const path = url.split('/node_modules/').at(-1);
    if (path !== url) packages.add(path.split('/').slice(0, path.startsWith('@') ? 2 : 1).join('/'));
    return next(url, context);
  },
});
process.on('exit', () => {
  packages.delete('@flow/register');
  console.log(JSON.stringify([...packages].sort()));
});
`;

/** What each entry loads and exports, by import and by require. */
export function describeEntries(matrix: () => Matrix): void {
  describe('an application that installs the package', { timeout: 120_000 }, () => {
    test.each([
      ['ESM', 'load.mjs', (entry: string) => `import '${entry}';`],
      ['CommonJS', 'load.cjs', (entry: string) => `require('${entry}');`],
    ])(
      'loads @opentelemetry/api and nothing else with /api, and nothing with /semconv, as %s',
      async (_, file, load) => {
        const loadedBy = async (entry: string): Promise<unknown> => {
          await matrix().consumer.write({ 'recorder.mjs': recorder, [file]: load(entry) });
          const { stdout, stderr } = await matrix().consumer.node(['--import', './recorder.mjs', file]);
          expect(stderr).toBe('');
          return JSON.parse(stdout);
        };
        expect(await loadedBy('@flow/register/api')).toEqual(['@opentelemetry/api']);
        expect(await loadedBy('@flow/register/semconv')).toEqual([]);
      },
    );

    test.each(['api', 'sdk', 'semconv'])('finds the same exports of /%s by import and by require', async (entry) => {
      await matrix().consumer.write({
        'exports.mjs': `
          import { createRequire } from 'node:module';
          import * as imported from '@flow/register/${entry}';
          const required = createRequire(import.meta.url)('@flow/register/${entry}');
          console.log(JSON.stringify([Object.keys(imported).sort(), Object.keys(required).sort()]));`,
      });
      const { stdout, stderr } = await matrix().consumer.node(['exports.mjs']);
      expect(stderr).toBe('');
      const [imported, required] = JSON.parse(stdout) as [string[], string[]];
      expect(imported.length).toBeGreaterThan(0);
      expect(required).toEqual(imported);
    });

    test('has one runtime when ESM and CommonJS load /api in one process', async () => {
      await matrix().consumer.write({
        'both.mjs': `
          import { createRequire } from 'node:module';
          import { flow } from '@flow/register/api';
          const other = createRequire(import.meta.url)('@flow/register/api');
          console.log(other.flow === flow);
          flow.scope.run('outer', (scope) => console.log(other.flow.scope.current().uuid === scope.uuid));`,
      });
      const { code, stdout, stderr } = await matrix().consumer.node(['both.mjs']);
      expect({ code, stdout, stderr }).toEqual({ code: 0, stdout: 'true\ntrue\n', stderr: '' });
    });

    test.each([
      ['--import', 'work.mjs', `import { flow } from '@flow/register/api';`],
      ['-r', 'work.cjs', `const { flow } = require('@flow/register/api');`],
    ])(
      'starts Flow with %s @flow/register: scopes of the unchanged program are in the ATOF file',
      async (flag, file, load) => {
        await matrix().consumer.write({ [file]: `${load}\nconsole.log(flow.scope.run('work', () => 42));` });
        const { code, stdout, stderr } = await matrix().consumer.node([flag, '@flow/register', file], {
          OTEL_TRACES_EXPORTER: 'none',
          FLOW_ATOF_FILE: join(matrix().consumer.folder, `${file}.jsonl`),
        });
        expect({ code, stdout, stderr }).toEqual({ code: 0, stdout: '42\n', stderr: '' });
        const stream = await read(matrix().consumer, `${file}.jsonl`);
        expectValidAtof(stream);
        const events = stream
          .trim()
          .split('\n')
          .map((line) => JSON.parse(line) as { name: string; scope_category: string });
        expect(events.map(({ name, scope_category: category }) => `${name} ${category}`)).toEqual([
          'work start',
          'work end',
        ]);
      },
    );

    test.each([
      ['--import', 'plain.mjs'],
      ['-r', 'plain.cjs'],
    ])('starts the hooks alone with %s @flow/register/hooks', async (flag, file) => {
      await matrix().consumer.write({ [file]: `console.log('ran');` });
      const { code, stdout, stderr } = await matrix().consumer.node([flag, '@flow/register/hooks', file]);
      expect({ code, stdout, stderr }).toEqual({ code: 0, stdout: 'ran\n', stderr: '' });
    });
  });
}
