// SPDX-License-Identifier: Apache-2.0
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { pack, root } from './consumer.ts';

/** What a start loads of OpenTelemetry, as few files, and whose work they are. */
const OPENTELEMETRY = ['dist/otel/*.cjs', 'dist/otel/THIRD-PARTY-NOTICES'];

describe('the packed package', () => {
  let files: readonly string[] = [];

  beforeAll(async () => {
    files = (await pack()).files.map(({ path }) => path).toSorted();
  });

  test('holds the entries, their shared chunks and their declarations for both module systems, and nothing else', () => {
    const kinds = files.map((file) =>
      file
        .replace(/[^/]+\.chunk\.js$/, '*.chunk.js')
        .replace(/^docs\/[^/]+\.md$/, 'docs/*.md')
        .replace(/\/types\/.+\.d\.ts$/, '/types/**/*.d.ts')
        .replace(/otel\/[^/]+\.cjs$/, 'otel/*.cjs'),
    );
    const folders = ['dist/cjs', 'dist/esm'].flatMap((folder) =>
      [
        '*.chunk.js',
        'package.json',
        'types/**/*.d.ts',
        ...['api', 'hooks', 'register', 'sdk', 'semconv'].flatMap((name) => [`${name}.d.ts`, `${name}.js`]),
      ].map((name) => `${folder}/${name}`),
    );
    expect([...new Set(kinds)].toSorted()).toEqual(
      ['CHANGELOG.md', 'LICENSE', 'README.md', 'docs/*.md', 'package.json', ...folders, ...OPENTELEMETRY].toSorted(),
    );
  });

  test('names nothing of the machine it was built on', () => {
    const machine = [root, process.env['HOME'] ?? root].filter((path) => path.length > 1).map((path) => `${path}/`);
    const telling = files.filter((file) => {
      const text = readFileSync(join(root, file), 'utf8');
      return machine.some((path) => text.includes(path));
    });
    expect(telling).toEqual([]);
  });

  test('has every file that its exports name', () => {
    const { exports } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { exports: unknown };
    const named = targets(exports);
    expect(named.length).toBeGreaterThan(0);
    expect(named.filter((target) => !files.includes(target.replace('./', '')))).toEqual([]);
  });
});

function targets(value: unknown): readonly string[] {
  if (typeof value === 'string') return [value];
  return Object.values(value as Record<string, unknown>).flatMap(targets);
}
