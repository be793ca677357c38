// SPDX-License-Identifier: Apache-2.0
import { globSync, readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ERROR_CODES } from '../../src/errors.ts';
import { SETTINGS } from '../../src/sdk/settings.ts';
import { ROOT, runApp } from '../support/run.ts';

const pages = new Map(
  globSync('docs/*.md', { cwd: ROOT }).map((path) => [
    basename(path, '.md'),
    readFileSync(join(ROOT, path), 'utf8').replaceAll('\r\n', '\n'),
  ]),
);
const page = (name: string): string => pages.get(name) ?? '';
const guides = [...pages.keys()].filter((name) => page(name).includes('<!-- run: '));

/** The anchors that a Markdown page has, as GitHub makes them of headings. */
function anchorsOf(text: string): ReadonlySet<string> {
  const headings = text.replaceAll(/```[\s\S]*?```/g, '').matchAll(/^#+ (.*)$/gm);
  return new Set(
    [...headings].map(([, title = '']) =>
      title
        .toLowerCase()
        .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
        .replaceAll(' ', '-'),
    ),
  );
}

function linksOf(path: string): readonly string[] {
  const text = readFileSync(join(ROOT, path), 'utf8').replaceAll(/```[\s\S]*?```/g, '');
  return [...text.matchAll(/\]\(([^)\s]+)\)/g)].map(([, target = '']) => target).filter((each) => !/^\w+:/.test(each));
}

describe('the guides', () => {
  it.each(guides)(
    'show the example files of %s as they are, and what they print',
    async (name) => {
      const programArgs = ['--check', name];
      const { code, stderr } = await runApp({ file: join(ROOT, 'scripts/guides.mjs'), programArgs, timeout: 60_000 });
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    },
    60_000,
  );

  it('show every example file somewhere', () => {
    const shown = new Set(
      [...pages.values()].flatMap((text) => [...text.matchAll(/<!-- file: (\S+) -->/g)]).map(([, file]) => file),
    );
    const files = globSync('**/*.mjs', { cwd: join(ROOT, 'examples/guides') });
    // Two lines that need no showing.
    const silent = ['troubleshooting/app.mjs', 'troubleshooting/broken-policy.mjs'];
    expect(files.filter((file) => !shown.has(file) && !silent.includes(file))).toEqual([]);
  });

  it('name only settings that exist', () => {
    const known = new Set<string>([...Object.keys(SETTINGS), ...Object.keys(ERROR_CODES)]);
    const unknown = [...pages].flatMap(([name, text]) =>
      [...text.matchAll(/\b(?:FLOW|OTEL)_[A-Z][A-Z_]*[A-Z]\b/g)]
        .map(([setting]) => setting)
        .filter((setting) => !known.has(setting))
        .map((setting) => `${name}: ${setting}`),
    );
    expect(unknown).toEqual([]);
  });

  it.each(['README.md', ...globSync('docs/*.md', { cwd: ROOT })])('%s links only to what is there', (path) => {
    const dead = linksOf(path).filter((link) => {
      const [file = '', anchor] = link.split('#', 2);
      const target = file === '' ? path : join(dirname(path), file);
      if (globSync(target, { cwd: ROOT }).length === 0) return true;
      return anchor !== undefined && !anchorsOf(readFileSync(join(ROOT, target), 'utf8')).has(anchor);
    });
    expect(dead).toEqual([]);
  });
});

describe('docs/troubleshooting.md', () => {
  const text = page('troubleshooting');
  const sections = new Map(text.split(/^## /m).map((section) => [section.split('\n', 1)[0], section]));

  it('has a heading for every error code and for no other', () => {
    const headings = [...sections.keys()].filter((heading) => heading?.startsWith('FLOW_'));
    expect(headings.toSorted()).toEqual(Object.keys(ERROR_CODES).toSorted());
  });

  it.each(Object.keys(ERROR_CODES))('shows under %s the message that its program prints', (code) => {
    const [, message] = /```text\n(.*)\n```/.exec(sections.get(code) ?? '') ?? [];
    const printed = sections.get('All of them in one program') ?? '';
    expect(printed.split('\n')).toContain(`${code}: ${message}`);
  });

  it('quotes only lines that the sources print', () => {
    const table = sections.get('Lines on standard error') ?? '';
    const quoted = [...table.matchAll(/^\| `([^`…]+)`\s+\|/gm)].map(([, line = '']) => line);
    const sources = globSync('src/**/*.ts', { cwd: ROOT }).map((path) => readFileSync(join(ROOT, path), 'utf8'));
    expect(quoted.length).toBeGreaterThan(10);
    expect(quoted.filter((line) => !sources.some((source) => source.includes(line)))).toEqual([]);
  });
});
