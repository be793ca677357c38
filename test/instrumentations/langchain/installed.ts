// SPDX-License-Identifier: Apache-2.0
import { cpSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { ROOT } from '../../support/run.ts';

const INSTALLED = join(ROOT, 'test/apps/frameworks/node_modules');
const PACKAGES = ['@langchain', 'deepagents', 'langchain', 'zod'];

const installed = (name: string): string => join(INSTALLED, name);

/** A folder of an application: the files beside this one, and what it has installed. */
export function makeTree(packages: readonly string[] = PACKAGES): string {
  const tree = mkdtempSync(join(tmpdir(), 'flow-langchain-'));
  for (const [name, target] of [
    ['@flow/register', ROOT] as const,
    ...packages.map((each) => [each, installed(each)] as const),
  ]) {
    const path = join(tree, 'node_modules', name);
    mkdirSync(dirname(path), { recursive: true });
    symlinkSync(target, path);
  }
  for (const file of readdirSync(import.meta.dirname).filter((name) => name.endsWith('.mjs')))
    cpSync(join(import.meta.dirname, file), join(tree, file));
  return tree;
}

/** The same on copies of the framework whose methods have other names, as those of later versions may. */
export function makeDoctoredTree(renamed: Readonly<Record<string, string>>): string {
  const others = readdirSync(INSTALLED).filter((name) => !name.startsWith('.') && name !== '@langchain');
  const tree = makeTree([
    ...others,
    '@langchain/langgraph-checkpoint',
    '@langchain/langgraph-sdk',
    '@langchain/protocol',
  ]);
  for (const name of ['@langchain/core', '@langchain/langgraph']) {
    const target = join(tree, 'node_modules', name);
    const filter = (path: string): boolean => !/\.(?:map|d\.c?ts)$/.test(path);
    cpSync(installed(name), target, { recursive: true, dereference: true, filter });
    for (const file of readdirSync(join(target, 'dist'), { recursive: true, encoding: 'utf8' })) {
      if (!/(?:tools|pregel)\/index\.c?js$|chat_models\.c?js$/.test(file)) continue;
      const path = join(target, 'dist', file);
      const text = readFileSync(path, 'utf8');
      writeFileSync(
        path,
        Object.entries(renamed).reduce((done, [method, other]) => done.replaceAll(method, other), text),
      );
    }
  }
  return tree;
}
