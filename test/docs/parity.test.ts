// SPDX-License-Identifier: Apache-2.0
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { codecs, flow } from '../../src/api/index.ts';
import { ROOT } from '../support/run.ts';

const STATUSES = ['yes', 'better', 'different', 'planned', 'left out'];
const COLUMNS = ['number', 'feature', 'status', 'here', 'api', 'proof'] as const;
type Row = Readonly<Record<(typeof COLUMNS)[number], string>>;

const text = readFileSync(join(ROOT, 'docs/parity.md'), 'utf8').replaceAll('\r\n', '\n');

const rows: readonly Row[] = [...text.matchAll(/^\| +\d+ +\|.*$/gm)].map(([line]) => {
  const cells = line.slice(1, -1).split('|');
  if (cells.length !== COLUMNS.length) throw new Error(`not ${COLUMNS.length} columns: ${line}`);
  return Object.fromEntries(COLUMNS.map((column, place) => [column, cells[place]?.trim() ?? ''])) as Row;
});

/** A claim that there is a test: its file, and its name or a part of it that no other test of the file has. */
interface Proof {
  readonly path: string;
  readonly name: string;
}

function proofsOf({ number, proof }: Row): readonly Proof[] {
  if (proof === '—') return [];
  return proof.split(/;(?= `)/).map((each) => {
    const [, path, name] = /^`([^`]+)` › (.+)$/.exec(each.trim()) ?? [];
    if (path === undefined || name === undefined) throw new Error(`row ${number}: no proof: ${each}`);
    return { path, name };
  });
}

const titles = new Map<string, readonly string[]>();

/** The names of tests and groups in a file, as they are written there: those of `each` with their placeholders. */
function titlesIn(path: string): readonly string[] {
  const known = titles.get(path);
  if (known !== undefined) return known;
  const source = readFileSync(join(ROOT, path), 'utf8');
  const found = source.matchAll(
    /(?:^\s*(?:it|test|describe)(?:\.\w+)?(?:\([^\n]*?\))?|\))\(\s*(['"`])((?:\\.|(?!\1).)+)\1,/gm,
  );
  const names = [...found].map(([, , name = '']) => name.replaceAll(/\\(['"`])/g, '$1'));
  titles.set(path, names);
  return names;
}

function matchesOf({ path, name }: Proof): number {
  if (!existsSync(join(ROOT, path))) return 0;
  const names = titlesIn(path);
  const same = names.filter((title) => title === name).length;
  return same > 0 ? same : names.filter((title) => title.includes(name)).length;
}

describe('docs/parity.md', () => {
  it('has the 148 rows of the checklist, in order', () => {
    expect(rows.map(({ number }) => Number(number))).toEqual(Array.from({ length: 148 }, (_, index) => index + 1));
  });

  it('says of each row what it is, how it stands and what Flow does', () => {
    for (const { number, feature, status, here, api } of rows) {
      expect(STATUSES, `row ${number}`).toContain(status);
      for (const cell of [feature, here, api]) expect(cell, `row ${number}`).not.toBe('');
    }
  });

  it('has a proof for each row that is not planned or left out, and for no other', () => {
    const unproven = rows.filter((row) => proofsOf(row).length > 0 === /^(?:planned|left out)$/.test(row.status));
    expect(unproven.map(({ number, status }) => `${number} ${status}`)).toEqual([]);
  });

  it('says of each defect of the reference that it is better here', () => {
    const others = rows.filter(({ here, status }) => /\bDefects? in the reference/.test(here) && status !== 'better');
    expect(others.map(({ number }) => number)).toEqual([]);
  });

  it('names only tests that are there, each so that it is clear which one', () => {
    const unclear = rows.flatMap((row) =>
      proofsOf(row).flatMap((proof) => {
        const count = matchesOf(proof);
        return count === 1 ? [] : [`row ${row.number}: ${count} tests: ${proof.path} › ${proof.name}`];
      }),
    );
    expect(unclear).toEqual([]);
  });

  it('names only members of the API that are there', () => {
    const named = rows.flatMap(({ api }) =>
      [...api.matchAll(/`((?:flow|codecs)\.[\w.]+)/g)].map(([, path = '']) => path),
    );
    expect(named.length).toBeGreaterThan(40);
    const missing = named.filter((path) => {
      const [root, ...members] = path.split('.');
      const owner: unknown = root === 'flow' ? flow : codecs;
      return members.reduce((value, key) => (value as Record<string, unknown> | undefined)?.[key], owner) === undefined;
    });
    expect(missing).toEqual([]);
  });
});
