// SPDX-License-Identifier: Apache-2.0

import { cpSync, existsSync, mkdirSync, symlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';

import { folderOf } from '../support/application-versions.ts';

const root: string = join(import.meta.dirname, '../..');

/** Majors of the SDK before the one that the repository itself has installed. */
export type OlderMajor = 4 | 5 | 6;

/** Versions of the Anthropic SDK that Flow is tried with: the oldest supported, some between, the newest. */
export const ANTHROPIC_VERSIONS = ['0.33', '0.99', '0.137', '1'] as const;
/** One of them. */
export type AnthropicVersion = (typeof ANTHROPIC_VERSIONS)[number];

/** Lays an application on OpenAI's SDK out in an empty folder. */
export function layOut(major: OlderMajor, folder: string): void {
  link(folder, folderOf(`openai-${major}`) ?? `test/apps/openai-${major}`, ['openai', 'zod']);
}

/** The same for that of Anthropic. */
export function layOutAnthropic(version: AnthropicVersion, folder: string): void {
  link(folder, version === '1' ? '.' : `test/apps/sdks/anthropic-${version}`, ['@anthropic-ai/sdk', 'zod']);
}

// The packages are links: Node takes their real paths, which are those of an installation of its own in `test/apps`.
function link(folder: string, app: string, names: readonly string[]): void {
  cpSync(import.meta.dirname, folder, { recursive: true, filter: (path) => !path.endsWith('.ts') });
  const packages = names.map((name) => [name, installed(app, name)] as const);
  for (const [name, target] of [...packages, ['@flow/register', root] as const]) {
    const path = join(folder, 'node_modules', name);
    mkdirSync(dirname(path), { recursive: true });
    symlinkSync(target, path);
  }
}

/** Where an application finds the package: in a folder of its own, or in one that it shares with others. */
function installed(app: string, name: string): string {
  const folders = ['.', '..'].map((up) => join(root, app, up, 'node_modules', name));
  const found = folders.find((folder) => existsSync(folder));
  if (found === undefined) throw new Error(`There is no ${folders[0]}: run \`npm test\`, or \`npm ci\` beside it.`);
  return found;
}
