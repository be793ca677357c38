// SPDX-License-Identifier: Apache-2.0
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join, relative, sep } from 'node:path';
import { ROOT_CONTEXT } from '@opentelemetry/api';
import * as installedCore from '@opentelemetry/core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ROOT, runApp } from '../support/run.ts';

/** Says at the end which files and which of Node's modules were loaded since, and which of the files Node had to look for. */
const recorder = `
const { registerHooks } = require('node:module');
const { fileURLToPath } = require('node:url');
const before = new Set(process.moduleLoadList);
const files = [];
registerHooks({
  load(url, context, nextLoad) {
    if (url.startsWith('file:')) files.push(fileURLToPath(url));
    return nextLoad(url, context);
  },
});
process.on('exit', () => {
  const builtins = process.moduleLoadList.filter((name) => !before.has(name)).map((name) => name.split(' ').at(-1));
  const cached = Object.keys(require.cache).filter((file) => file !== __filename);
  process.stdout.write(JSON.stringify({ files: [...files, ...cached], found: files, builtins }));
});
`;
const OWN = [
  'dist/cjs/api-files.chunk.js',
  'dist/cjs/instrumentations.chunk.js',
  'dist/cjs/register.js',
  'dist/cjs/rolldown-runtime.chunk.js',
  'dist/cjs/runtime.chunk.js',
  'dist/cjs/semconv.chunk.js',
  'dist/cjs/start.chunk.js',
  'dist/otel/rolldown-runtime.cjs',
  'dist/otel/start.cjs',
  'dist/otel/start2.cjs',
  'package.json',
];
/** What a first call, a first export, a first line or a first SDK may load, each of them milliseconds and megabytes. */
const HEAVY =
  'child_process crypto dns fs/promises http https net stream timers/promises tls tty worker_threads zlib'.split(' ');

describe('the start in an application that does nothing', () => {
  const folder = mkdtempSync(join(tmpdir(), 'flow-start-up-'));
  const recording = join(folder, 'recorder.cjs');
  beforeAll(() => writeFileSync(recording, recorder));
  afterAll(() => rmSync(folder, { recursive: true }));

  async function loadedBy(args: readonly string[]): Promise<Record<'files' | 'found' | 'builtins', readonly string[]>> {
    const { code, stdout, stderr } = await runApp({ args: ['--require', recording, ...args], code: '' });
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const { files, found, builtins } = JSON.parse(stdout) as Record<'files' | 'found' | 'builtins', string[]>;
    const known = files
      .map((file) => relative(ROOT, file).replaceAll(sep, '/'))
      .filter((file) => !file.startsWith('..'));
    return { files: [...new Set(known)].toSorted(), found, builtins };
  }

  test.each([
    ['--import', 'dist/esm/register.js', ['dist/esm/register.js']],
    ['--require', 'dist/cjs/register.js', []],
  ])('by %s loads these files, one copy of the API, and nothing that is needed later', async (flag, entry, more) => {
    const { files, found, builtins } = await loadedBy([flag, join(ROOT, entry)]);
    const own = files.filter((file) => !file.startsWith('node_modules/'));
    expect(own).toEqual([...OWN, ...more].toSorted());
    const foreign = files.filter((file) => !own.includes(file) && !file.endsWith('.cjs'));
    expect(foreign).toEqual(['node_modules/import-in-the-middle/supports-sync-hooks.mjs']);
    const packages = files.map((file) => /^node_modules\/((?:@[^/]+\/)?[^/]+)\/.*\.cjs$/.exec(file)?.[1]);
    expect([...new Set(packages.filter((name) => name !== undefined))]).toEqual(['@opentelemetry/api']);
    // Each of the API's fifty costs more to find than to run.
    expect(found.filter((file) => file.endsWith('.cjs') && !file.includes('dist/otel'))).toEqual([]);
    expect(HEAVY.filter((name) => builtins.includes(name))).toEqual([]);
  });
});

describe('the bundled SDK', () => {
  const chunk = createRequire(import.meta.url)('../../dist/otel/start.cjs') as { core: typeof installedCore };

  test('suppresses tracing for instrumentations that have the core of node_modules', () => {
    const context = chunk.core.suppressTracing(ROOT_CONTEXT);
    expect(chunk.core.suppressTracing).not.toBe(installedCore.suppressTracing);
    expect(installedCore.isTracingSuppressed(context)).toBe(true);
  });

  test('names every package that is in it, with version and licence', () => {
    const notices = readFileSync(join(ROOT, 'dist/otel/THIRD-PARTY-NOTICES'), 'utf8');
    const named = [...notices.matchAll(/^(@?[\w/-]+) (\d+\.\d+\.\d+) \(Apache-2\.0\)$/gm)].map(([, name]) => name);
    const packages =
      'context-async-hooks core otlp-transformer propagator-b3 resources sdk-logs sdk-metrics sdk-trace semantic-conventions';
    expect(named).toEqual(packages.split(' ').map((name) => `@opentelemetry/${name}`));
    expect(notices).toContain('Apache License');
  });
});
