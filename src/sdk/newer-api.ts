// SPDX-License-Identifier: Apache-2.0
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { apiGlobals } from './foreign-owner.ts';
import type { Log } from './log.ts';

/**
 * For a process in which Flow is the SDK: says when the application has a copy of the API of its own with a newer minor version. Such a copy does
 * not use what an older one has registered, without a word, so the application's own spans would be lost.
 */
export function newerApiNotice(log: Log): void {
  const ours = apiGlobals()?.version;
  const theirs = versionOfApplication();
  if (ours === undefined || theirs === undefined) return;
  const [major, minor] = numbersOf(theirs);
  const [ourMajor, ourMinor] = numbersOf(ours);
  if (major !== ourMajor || !((minor ?? 0) > (ourMinor ?? 0))) return;
  log(
    'warn',
    `the application has @opentelemetry/api ${theirs}, newer than Flow's ${ours}, so the spans that it makes itself are lost; ` +
      `install one version for both: npm install @opentelemetry/api@${ours}`,
  );
}

function versionOfApplication(): string | undefined {
  try {
    const main = process.argv[1] ?? join(process.cwd(), 'index.js');
    const path = createRequire(main).resolve('@opentelemetry/api');
    const folder = /^.*[\\/]@opentelemetry[\\/][^\\/]+/.exec(path)?.[0] ?? '';
    return (JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as { version: string }).version;
  } catch {
    // It has none.
    return undefined;
  }
}

function numbersOf(version: string): readonly number[] {
  return version.split('.').map(Number);
}
