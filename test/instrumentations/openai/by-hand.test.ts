// SPDX-License-Identifier: Apache-2.0
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { coverage, instrument } from '../../../src/sdk/index.ts';
import { MAJORS, packageOf, versionOf } from './installed.ts';

const folder = mkdtempSync(join(tmpdir(), 'flow-by-hand-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** Exports of a copy that no hook has seen, as an ES module and as CommonJS. */
async function load(
  major: (typeof MAJORS)[number],
): Promise<readonly { readonly OpenAI: new (o: object) => object }[]> {
  const file = join(packageOf(major), 'index');
  return [await import(pathToFileURL(`${file}.mjs`).href), createRequire(import.meta.url)(`${file}.js`)];
}

describe('instrument()', () => {
  it('gives each copy a row of its own, whether it is handed the exports, the class, one that extends it, or a client', async () => {
    const expected = [];
    for (const major of MAJORS) {
      for (const [at, exports] of (await load(major)).entries()) {
        const { OpenAI } = exports;
        class Own extends OpenAI {
          getUserAgent(): string {
            return 'own';
          }
        }
        const targets = [exports, OpenAI, Own, new Own({ apiKey: 'k' })];
        expect(targets.map(instrument)).toEqual([true, true, true, true]);
        const format = at === 0 ? 'esm' : 'cjs';
        expected.push({ name: 'openai', version: versionOf(major), format, path: packageOf(major), missing: [] });
      }
    }
    expect(
      coverage().map(({ name, version, format, path, missing }) => ({ name, version, format, path, missing })),
    ).toEqual(expected);
  });

  it('names the file and the version of a client that is in a bundle, and each of two in one', async () => {
    const bundle = join(folder, 'bundle.mjs');
    const client = (name: string, version: string): string => `export const ${name} = class {
      static Chat = { Completions: class { runTools() {} } };
      async makeRequest() {}
      getUserAgent() { return this.constructor.name + '/JS ${version}'; }
    };`;
    writeFileSync(bundle, `${client('a', '7.1.0')}\n${client('b', '6.2.0')}`);
    const before = coverage().length;
    const { a, b } = (await import(pathToFileURL(bundle).href)) as { readonly a: unknown; readonly b: unknown };
    expect([a, b].map(instrument)).toEqual([true, true]);
    const rows = coverage().slice(before);
    expect(rows.map(({ version, format, path }) => [version, format, path])).toEqual([
      ['7.1.0', 'bundled', bundle],
      ['6.2.0', 'bundled', bundle],
    ]);
  });

  it('takes a client whose user agent says nothing, and nothing else', async () => {
    const other = join(folder, 'other.mjs');
    writeFileSync(
      other,
      `export class OpenAI { static Chat = { Completions: class { runTools() {} } }; async makeRequest() {} }`,
    );
    const { OpenAI } = (await import(pathToFileURL(other).href)) as { readonly OpenAI: unknown };
    expect(instrument(OpenAI)).toBe(true);
    expect(coverage().at(-1)).toMatchObject({ version: 'unknown', format: 'bundled', missing: [] });
    expect([undefined, null, 1, {}, Map].map(instrument)).toEqual([false, false, false, false, false]);
  });
});
