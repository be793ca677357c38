// SPDX-License-Identifier: Apache-2.0
import { cpSync, mkdirSync, mkdtempSync, readFileSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { ROOT } from '../../support/run.ts';

/** Majors of the SDK that Flow supports. */
export const MAJORS = [4, 5, 6, 7] as const;
/** One of them. */
export type Major = (typeof MAJORS)[number];

/** The folder in which a major is installed. */
export function packageOf(major: Major): string {
  return join(ROOT, major === 7 ? '' : `test/apps/openai-${major}`, 'node_modules/openai');
}

/** Its version. */
export function versionOf(major: Major): string {
  return (JSON.parse(readFileSync(join(packageOf(major), 'package.json'), 'utf8')) as { version: string }).version;
}

/** A folder of an application that has installed what is named: links, whose real paths Node takes. */
export function makeTree(packages: Readonly<Record<string, string>>): string {
  const tree = mkdtempSync(join(tmpdir(), 'flow-openai-'));
  for (const [path, target] of Object.entries({ 'node_modules/@flow/register': ROOT, ...packages })) {
    mkdirSync(dirname(join(tree, path)), { recursive: true });
    symlinkSync(target, join(tree, path));
  }
  return tree;
}

/** Copies a major's files, without types and sources, for a test that changes them. */
export function copyPackage(major: Major, target: string): void {
  const filter = (path: string): boolean => !/\.map$|\.d\.m?ts$|\/openai\/src(?:\/|$)/.test(path);
  cpSync(packageOf(major), target, { recursive: true, dereference: true, filter });
}
