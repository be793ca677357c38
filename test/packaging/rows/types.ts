// SPDX-License-Identifier: Apache-2.0
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { root } from '../consumer.ts';
import type { Matrix } from './agent.ts';

const TYPESCRIPT_7 = join(root, 'node_modules/typescript/bin/tsc');
const TYPESCRIPT_5 = join(root, 'test/apps/packaging/node_modules/typescript-5/bin/tsc');

/** Where the declarations of an entry's exports are. The others have none. */
const declared: Readonly<Record<string, string>> = {
  api: 'src/api/index.d.ts',
  sdk: 'src/sdk/index.d.ts',
  semconv: 'semconv/index.d.ts',
};

const use = `
const search = flow.tool.wrap('search', async ({ query }: { query: string }) => query.length);
export const found: Promise<number> = search({ query: 'cat' });
export const result: number = flow.scope.run('work', { type: 'agent' }, (scope) => scope.name.length);
// @ts-expect-error A number is no string: the types are there, and not any.
export const wrong: string = flow.scope.run('work', () => 42);
using guardrail = flow.tool.addConditionalExecution('no-email', (call) => (call.name === 'send_email' ? 'no' : undefined));
flow.llm.addRequestIntercept('calm', async (call) => ({ headers: call.request.headers, content: { temperature: 0.1 } }));
flow.llm.addStreamExecutionIntercept('all', (call, next) => next());
flow.addSubscriber('names', ({ kind, name }) => console.log(kind, name, guardrail.name));
flow.onDiagnostic(({ source, error }) => console.log(source, error));
export const code: string | undefined = isFlowError(new Error('no'))?.code;
`;

const library = {
  strict: true,
  noEmit: true,
  target: 'es2022',
  lib: ['es2022', 'esnext.disposable'],
  types: ['node'],
};
const modes = {
  node16: { module: 'node16' },
  nodenext: { module: 'nodenext', verbatimModuleSyntax: true, exactOptionalPropertyTypes: true },
  bundler: { module: 'preserve', moduleResolution: 'bundler' },
  node10: { module: 'commonjs', moduleResolution: 'node10', ignoreDeprecations: '5.0' },
};

/** A strict consumer that uses every public name. The declarations are checked as well, by the compiler that is quick about it. */
export function describeTypes(matrix: () => Matrix): void {
  describe('the types of the installed package', { timeout: 120_000 }, () => {
    const write = async (version: string, mode: keyof typeof modes): Promise<string> => {
      const { consumer } = matrix();
      const project = `types-${version}-${mode}`;
      const folder = join(consumer.folder, 'node_modules/@flow/register/dist/esm/types');
      const all = Object.entries(declared).map(([entry, file]) => {
        const names = namesOf(readFileSync(join(folder, file), 'utf8'));
        expect(names.length).toBeGreaterThan(10);
        return `export { ${names.join(', ')} } from '@flow/register/${entry}';`;
      });
      const effects = `import '@flow/register';\nimport '@flow/register/hooks';\n`;
      const imported = `import { flow, isFlowError } from '@flow/register/api';\n${all.join('\n')}\n${effects}${use}`;
      // With verbatim module syntax CommonJS has a form of its own.
      const required = `import api = require('@flow/register/api');\nimport sdk = require('@flow/register/sdk');
const { flow, isFlowError } = api;\nconsole.log(sdk.coverage());\n${use.replaceAll('export const', 'const')}console.log(found, result, wrong, code);\nexport = {};`;
      const files = mode === 'node10' ? ['app.ts'] : ['app.mts', 'app.cts'];
      await consumer.write({
        [`${project}/app.ts`]: imported,
        [`${project}/app.mts`]: imported,
        [`${project}/app.cts`]: mode === 'nodenext' ? required : imported,
        [`${project}/tsconfig.json`]: JSON.stringify({
          compilerOptions: { ...library, ...modes[mode], skipLibCheck: version === '5' },
          files,
        }),
      });
      return project;
    };

    test.concurrent.each([
      ['7', 'node16', TYPESCRIPT_7],
      ['7', 'nodenext', TYPESCRIPT_7],
      ['7', 'bundler', TYPESCRIPT_7],
      ['5', 'nodenext', TYPESCRIPT_5],
      ['5', 'node10', TYPESCRIPT_5],
    ] as const)('pass TypeScript %s with %s resolution, ES modules and CommonJS', async (version, mode, compiler) => {
      const { code, stdout } = await matrix().consumer.node([compiler, '-p', await write(version, mode)]);
      expect({ code, stdout }).toEqual({ code: 0, stdout: '' });
    });
  });
}

/** The names of an index of declarations, types marked as such. */
function namesOf(declarations: string): readonly string[] {
  const exported = /export (?:declare )?(?:const|function|class) (\w+)|export (type )?\{([^}]*)\}/g;
  return [...declarations.matchAll(exported)].flatMap(([, name, type = '', list = '']) =>
    name === undefined
      ? (list.match(/(?:type )?\w+(?: as \w+)?/g) ?? []).map((each) => {
          const known = each.replace(/\w+ as /, '');
          return known.startsWith('type ') ? known : `${type}${known}`;
        })
      : [name],
  );
}
