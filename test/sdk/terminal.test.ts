// SPDX-License-Identifier: Apache-2.0
import { spawnSync } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, rmSync } from 'node:fs';
import { devNull, tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, describe, expect, test } from 'vitest';
import { ROOT } from '../support/run.ts';

const source = JSON.stringify(pathToFileURL(join(ROOT, 'src/sdk/terminal.ts')).href);
const code = `const { errorsGoToTerminal } = await import(${source});
  let isAsked = false;
  Object.defineProperty(process, 'stderr', { get: () => ((isAsked = true), { isTTY: true }) });
  console.log(errorsGoToTerminal(), isAsked);`;

describe.runIf(process.platform !== 'win32')('whether standard error is a terminal', () => {
  const folder = mkdtempSync(join(tmpdir(), 'flow-terminal-'));
  afterAll(() => rmSync(folder, { recursive: true }));

  test.each([
    ['not asked of the stream where that is a pipe', () => 'pipe' as const, 'false false\n'],
    ['not asked of the stream where that is a file', () => openSync(join(folder, 'errors'), 'w'), 'false false\n'],
    ['what the stream says where that is a device', () => openSync(devNull, 'w'), 'true true\n'],
  ])('is %s', (_, open, said) => {
    const target = open();
    const stdio = ['ignore', 'pipe', target] as const;
    const { stdout } = spawnSync(process.execPath, ['--input-type=module', '--eval', code], {
      stdio: [...stdio],
      encoding: 'utf8',
    });
    if (typeof target === 'number') closeSync(target);
    expect(stdout).toBe(said);
  });
});
