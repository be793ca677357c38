// SPDX-License-Identifier: Apache-2.0
import { globSync, readFileSync } from 'node:fs';
import { join, posix } from 'node:path';
import { parseSync, Visitor } from 'rolldown/utils';
import { describe, expect, test } from 'vitest';

const root = join(import.meta.dirname, '..');

interface Floor {
  readonly path: string;
  /** Packages that may be imported at all, types included; without it every runtime dependency may. */
  readonly packages?: readonly string[];
  /** Node's own modules that may be imported; without it all. */
  readonly builtins?: readonly string[];
}

const api = ['@opentelemetry/api'];
const pure = { packages: [], builtins: [] };

/** The list is the order: an import stays in its entry or points to an earlier one. */
const floors: readonly Floor[] = [
  { path: 'semconv', ...pure },
  { path: 'src/errors.ts', ...pure },
  { path: 'src/atof', packages: [], builtins: ['node:crypto'] },
  { path: 'src/codecs', ...pure },
  { path: 'src/atif', packages: [], builtins: ['node:crypto'] },
  { path: 'src/pipeline', ...pure },
  { path: 'src/adaptive', ...pure },
  { path: 'src/projections', packages: api, builtins: [] },
  { path: 'src/scope', packages: api, builtins: ['node:async_hooks'] },
  { path: 'src/runtime', packages: api, builtins: ['node:async_hooks'] },
  { path: 'src/plugins', packages: api, builtins: ['node:async_hooks'] },
  { path: 'src/api', packages: api, builtins: [] },
  { path: 'src/state' },
  { path: 'src/components' },
  { path: 'src/processors' },
  { path: 'src/instrument' },
  { path: 'instrumentations' },
  { path: 'src/sdk' },
  { path: 'hooks.ts' },
  { path: 'register.ts' },
  { path: 'src/cli' },
  { path: 'src/viewer' },
];

interface Import {
  readonly specifier: string;
  readonly typeOnly: boolean;
}

/** Every module that a source names: `import`, `export … from`, `import()`, `import('…')` types, `require('…')`. */
function importsOf(file: string, source: string): readonly Import[] {
  const { program, errors } = parseSync(file, source);
  if (errors.length > 0) throw new Error(`${file}: ${errors[0]?.message}`);
  const found: Import[] = [];
  const add = (
    from: { readonly type: string; readonly value?: unknown } | null | undefined,
    typeOnly: boolean,
  ): void => {
    if (from?.type === 'Literal' && typeof from.value === 'string') found.push({ specifier: from.value, typeOnly });
  };
  new Visitor({
    // `import { type X } from` still loads the module; only `import type` does not.
    ImportDeclaration: (node) => add(node.source, node.importKind === 'type'),
    ExportNamedDeclaration: (node) => add(node.source, node.exportKind === 'type'),
    ExportAllDeclaration: (node) => add(node.source, node.exportKind === 'type'),
    ImportExpression: (node) => add(node.source, false),
    TSImportType: (node) => add(node.source, true),
    CallExpression: (node) => {
      if (node.callee.type === 'Identifier' && node.callee.name === 'require') add(node.arguments[0], false);
    },
  }).visit(program);
  return found;
}

function floorOf(file: string): number {
  return floors.findIndex(({ path }) => file === path || file.startsWith(`${path}/`));
}

function packageOf(specifier: string): string {
  return specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/');
}

/** What is wrong with one file's imports, one sentence each. */
function violations(file: string, source: string, dependencies: readonly string[]): readonly string[] {
  const here = floorOf(file);
  const floor = floors[here];
  if (!floor) return [`${file} is in no folder of the list`];
  const judge = ({ specifier, typeOnly }: Import): string | undefined => {
    if (specifier.startsWith('.')) {
      const target = posix.join(posix.dirname(file), specifier);
      const there = floorOf(target);
      if (there === -1) return `imports ${target}, which is in no folder of the list`;
      return there > here ? `imports ${target}, which comes later` : undefined;
    }
    if (specifier.startsWith('node:')) {
      const allowed = floor.builtins?.includes(specifier) ?? true;
      return allowed ? undefined : `imports ${specifier}, which ${floor.path} does without`;
    }
    const name = packageOf(specifier);
    if (floor.packages) return floor.packages.includes(name) ? undefined : `imports the package ${name}`;
    if (dependencies.includes(name)) return undefined;
    if (floor.path === 'instrumentations' && typeOnly) return undefined;
    return typeOnly
      ? `imports types of ${name}, which only instrumentations may`
      : `loads ${name}, which is no dependency of the package`;
  };
  return importsOf(file, source)
    .map(judge)
    .filter((reason) => reason !== undefined)
    .map((reason) => `${file} ${reason}`);
}

const { dependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
  dependencies: Record<string, string>;
};
const runtimeDependencies = Object.keys(dependencies);

describe('the floors', () => {
  const files = globSync(['{semconv,src,instrumentations}/**/*.ts', '{register,hooks}.ts'], { cwd: root });

  test('an import stays in its folder or points to one listed earlier, and packages come in where they may', () => {
    expect(files.length).toBeGreaterThan(0);
    const found = files.flatMap((file) =>
      violations(file, readFileSync(join(root, file), 'utf8'), runtimeDependencies),
    );
    expect(found).toEqual([]);
  });
});

describe('the checker of the floors', () => {
  const check = (file: string, source: string): readonly string[] => violations(file, source, ['@opentelemetry/core']);

  test.each([
    ['src/pipeline/fold.ts', `import { flow } from '../api/index.ts';`, 'src/api/index.ts, which comes later'],
    ['src/atof/event.ts', `export * from '../codecs/detect.ts';`, 'src/codecs/detect.ts, which comes later'],
    ['src/scope/scope.ts', `type E = import('../plugins/host.ts').Host;`, 'src/plugins/host.ts, which comes later'],
    ['src/api/index.ts', `const sdk = await import('../sdk/index.ts');`, 'src/sdk/index.ts, which comes later'],
    ['src/atif/step.ts', `import type { Span } from '@opentelemetry/api';`, 'the package @opentelemetry/api'],
    ['src/adaptive/plan.ts', `import { readFileSync } from 'node:fs';`, 'node:fs, which src/adaptive does without'],
    [
      'src/api/index.ts',
      `import type { Resource } from '@opentelemetry/resources';`,
      'the package @opentelemetry/resources',
    ],
    ['src/scope/scope.ts', `const fs = require('node:fs');`, 'node:fs, which src/scope does without'],
    ['src/sdk/start.ts', `import type { OpenAI } from 'openai';`, 'types of openai, which only instrumentations may'],
    ['instrumentations/openai.ts', `import { OpenAI } from 'openai';`, 'loads openai, which is no dependency'],
    ['instrumentations/openai.ts', `import { type OpenAI } from 'openai';`, 'loads openai, which is no dependency'],
    [
      'src/atof/event.ts',
      `import { root } from '../../test/support/x.ts';`,
      'test/support/x.ts, which is in no folder',
    ],
    ['src/utils/x.ts', `export const x = 1;`, 'src/utils/x.ts is in no folder of the list'],
  ])('objects to %s with `%s`', (file, source, reason) => {
    expect(check(file, source)).toEqual([expect.stringContaining(reason)]);
  });

  test.each([
    ['src/api/index.ts', `import { compose } from '../pipeline/compose.ts';`],
    ['src/scope/scope.ts', `import { AsyncLocalStorage } from 'node:async_hooks';`],
    ['src/runtime/emit.ts', `import { trace, type Span } from '@opentelemetry/api';`],
    ['instrumentations/openai.ts', `import type OpenAI from 'openai/resources/chat';`],
    ['src/sdk/start.ts', `import type { Resource } from '@opentelemetry/core';`],
    ['register.ts', `import './hooks.ts';`],
  ])('accepts %s with `%s`', (file, source) => {
    expect(check(file, source)).toEqual([]);
  });
});
