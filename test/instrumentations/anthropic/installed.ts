// SPDX-License-Identifier: Apache-2.0
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as trees from '../../support/application-tree.ts';
import { ROOT } from '../../support/run.ts';

/** Versions of the SDK that are tried: the oldest supported, some between, the newest. */
export const VERSIONS = ['0.33', '0.99', '0.137', '1'] as const;
/** One of them. */
export type Version = (typeof VERSIONS)[number];

/** The folder in which a version is installed: of an application's own, or shared with others. */
export function packageOf(version: Version): string {
  const app = version === '1' ? ROOT : join(ROOT, 'test/apps/sdks', `anthropic-${version}`);
  const own = join(app, 'node_modules/@anthropic-ai/sdk');
  return existsSync(own) ? own : join(ROOT, 'test/apps/sdks/node_modules/@anthropic-ai/sdk');
}

/** The whole version. */
export function versionOf(version: Version): string {
  return (JSON.parse(readFileSync(join(packageOf(version), 'package.json'), 'utf8')) as { version: string }).version;
}

/** Copies a version's files, without types and sources, for a test that changes them. */
export function copyPackage(version: Version, target: string, changes: trees.Changes = {}): void {
  trees.copyPackage(packageOf(version), target, { without: /^src(?:\/|$)/, ...changes });
}
