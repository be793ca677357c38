// SPDX-License-Identifier: Apache-2.0
// Writes the table of settings into README.md; with --check only tells whether it is up to date.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { FORMS } from '../src/sdk/setting-forms.ts';
import { SETTINGS } from '../src/sdk/settings.ts';

const path = join(import.meta.dirname, '../README.md');
const text = readFileSync(path, 'utf8');
const [start, end] = [text.indexOf('-->', text.indexOf('<!-- settings:')) + 3, text.indexOf('<!-- /settings -->')];

const row = ([name, { values, form, default: fallback, meaning }]) => {
  const takes = values === undefined ? FORMS[form] : values.map((value) => `\`${value}\``).join(', ');
  return `| \`${name}\` | ${takes} | ${fallback === '' ? '' : `\`${fallback}\``} | ${meaning} |`;
};
const table = [
  '| setting | takes | default | meaning |',
  '| --- | --- | --- | --- |',
  ...Object.entries(SETTINGS).map(row),
].join('\n');
const next = `${text.slice(0, start)}\n\n${table}\n\n${text.slice(end)}`;

if (!process.argv.includes('--check')) writeFileSync(path, next);
else if (next !== text) {
  console.error('README.md: the table of settings is out of date; run: node scripts/readme.mjs');
  process.exitCode = 1;
}
