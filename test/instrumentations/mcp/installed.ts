// SPDX-License-Identifier: Apache-2.0
import { cpSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { ROOT } from '../../support/run.ts';

/** Majors of the SDK that Flow supports; the second is three packages. */
export const MAJORS = ['1', '2'] as const;
export type Major = (typeof MAJORS)[number];

const MODULES = { 1: 'test/apps/sdks/node_modules', 2: 'test/apps/frameworks/node_modules' };
const PACKAGES = { 1: ['sdk'], 2: ['client', 'server', 'node'] };

/** Where a package of the SDK is installed. */
export function packageOf(major: Major, name: string): string {
  return join(ROOT, MODULES[major], '@modelcontextprotocol', name);
}

/** The folder of an application on that major, with the applications of these tests in it. */
export function makeApp(major: Major): string {
  const tree = mkdtempSync(join(tmpdir(), 'flow-mcp-'));
  link(tree, '@flow/register', ROOT);
  link(tree, 'zod', join(ROOT, MODULES[major], 'zod'));
  for (const name of PACKAGES[major]) link(tree, `@modelcontextprotocol/${name}`, packageOf(major, name));
  // Copies: what a file imports is looked for beside its real path.
  for (const folder of [join(ROOT, 'test/support/mcp-app'), import.meta.dirname])
    cpSync(folder, tree, { recursive: true, filter: (path) => path === folder || path.endsWith('.mjs') });
  return tree;
}

/** The same on packages whose methods have other names, as later ones may have. */
export function makeDoctoredApp(major: Major, renamed: Readonly<Record<string, string>>): string {
  const tree = mkdtempSync(join(tmpdir(), 'flow-mcp-'));
  const modules = join(ROOT, MODULES[major]);
  for (const name of readdirSync(modules))
    if (!['.', '@modelcontextprotocol'].some((start) => name.startsWith(start))) link(tree, name, join(modules, name));
  link(tree, '@flow/register', ROOT);
  for (const name of readdirSync(join(modules, '@modelcontextprotocol'))) {
    if (!['sdk', 'client', 'server'].includes(name)) {
      link(tree, `@modelcontextprotocol/${name}`, packageOf(major, name));
      continue;
    }
    const target = join(tree, 'node_modules/@modelcontextprotocol', name);
    const filter = (path: string): boolean => !/\.map$|\.d\.[cm]?ts$|\/examples/.test(path);
    cpSync(packageOf(major, name), target, { recursive: true, dereference: true, filter });
    for (const file of readdirSync(target, { recursive: true, encoding: 'utf8' })) {
      if (!/\.[cm]?js$/.test(file)) continue;
      const text = readFileSync(join(target, file), 'utf8');
      const doctored = Object.entries(renamed).reduce((done, [name, other]) => done.replaceAll(name, other), text);
      if (doctored !== text) writeFileSync(join(target, file), doctored);
    }
  }
  return tree;
}

function link(tree: string, path: string, target: string): void {
  const place = join(tree, 'node_modules', path);
  mkdirSync(dirname(place), { recursive: true });
  symlinkSync(target, place);
}
