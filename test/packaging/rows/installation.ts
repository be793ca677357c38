// SPDX-License-Identifier: Apache-2.0
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { Matrix } from './agent.ts';

/** What an installation has on disk. Raise a limit only for what is worth it to everybody who installs. */
const MOST_PACKAGES = 76;
const MOST_BYTES = 36_000_000;

/** Of a package's own package.json. */
interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly scripts?: Readonly<Record<string, string>>;
  readonly dependencies: Readonly<Record<string, string>>;
}

/** What npm put on disk. */
export function describeInstallation(matrix: () => Matrix): void {
  const under = (...patterns: readonly string[]): readonly string[] =>
    globSync(patterns, { cwd: matrix().consumer.folder });
  const manifest = (path: string): Manifest =>
    JSON.parse(readFileSync(join(matrix().consumer.folder, path), 'utf8')) as Manifest;

  describe('an installation', () => {
    // The newest instrumentation-undici asks for an older instrumentation than the other packages of its release: a base class that patches nothing there.
    test('has one copy of each @opentelemetry package, but for what instrumentation-undici brings itself', () => {
      const names = under('node_modules/**/@opentelemetry/*/package.json')
        .filter((path) => !path.includes('instrumentation-undici/node_modules/'))
        .map((path) => manifest(path).name);
      expect(names).toContain('@opentelemetry/api');
      expect(names.filter((name, index) => names.indexOf(name) !== index)).toEqual([]);
    });

    test('has at most 18 direct dependencies and no install scripts of ours', () => {
      const { dependencies, scripts = {} } = manifest('node_modules/@flow/register/package.json');
      expect(Object.keys(dependencies).length).toBeLessThanOrEqual(18);
      const run = ['preinstall', 'install', 'postinstall', 'prepublish', 'preprepare', 'prepare', 'postprepare'];
      expect(run.filter((name) => name in scripts)).toEqual([]);
      expect(under('node_modules/@flow/register/**/{binding.gyp,*.node}')).toEqual([]);
    });

    test('carries the license, and those of what is in its files', () => {
      expect(readFileSync(join(matrix().consumer.folder, 'node_modules/@flow/register/LICENSE'), 'utf8')).toContain(
        'Apache License',
      );
      const notices = 'node_modules/@flow/register/dist/otel/THIRD-PARTY-NOTICES';
      expect(readFileSync(join(matrix().consumer.folder, notices), 'utf8')).toContain('@opentelemetry/sdk-trace');
    });

    test('is of a size that we know', () => {
      const lock = JSON.parse(readFileSync(join(matrix().consumer.folder, 'node_modules/.package-lock.json'), 'utf8'));
      const packages = Object.keys((lock as { packages: object }).packages).filter((path) => !path.endsWith('/openai'));
      expect(packages.length).toBeLessThanOrEqual(MOST_PACKAGES);
      const sizes = packages.map((path) => sizeOf(join(matrix().consumer.folder, path)));
      expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThanOrEqual(MOST_BYTES);
    });
  });
}

/** Bytes of a package's files, without the packages inside of it. */
function sizeOf(folder: string): number {
  const files = globSync('**/*', { cwd: folder, withFileTypes: true, exclude: ({ name }) => name === 'node_modules' });
  return files
    .filter((entry) => entry.isFile())
    .reduce((sum, { parentPath, name }) => sum + readFileSync(join(parentPath, name)).length, 0);
}
