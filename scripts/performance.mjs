// SPDX-License-Identifier: Apache-2.0
// Writes docs/performance.md from the kept results of the bench; with --check only tells whether it is up to date.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { MEASURES, SYSTEMS } from '../bench/case.ts';
import { CASES } from '../bench/cases.ts';
import { loadProfiles, loadRows } from '../bench/results.ts';
import { printFigure, printSpread } from '../bench/statistics.ts';
import { HEAD, cellsOf } from '../bench/table.ts';

const page = join(import.meta.dirname, '../docs/performance.md');

const order = [...CASES.map(({ name }) => name), 'start-up', 'unused', 'trajectories'];
const rows = loadRows().toSorted((a, b) => order.indexOf(a.name) - order.indexOf(b.name));
const profiles = loadProfiles();

/** As the formatter writes tables: the page is checked like every other. */
function table(head, lines) {
  const widths = head.map((_, column) => Math.max(3, ...[head, ...lines].map((line) => line[column].length)));
  const print = (cells) => `| ${cells.map((cell, column) => cell.padEnd(widths[column])).join(' | ')} |`;
  return [print(head), print(widths.map((width) => '-'.repeat(width))), ...lines.map(print)].join('\n');
}

const demanded = ({ target }) => target.atMost !== undefined;
const targets = rows.flatMap((row) => cellsOf({ ...row, verdicts: row.verdicts.filter(demanded) }));

const name = (participant) => {
  const [system, other] = participant.split('@');
  return other === undefined ? SYSTEMS[system] : `${SYSTEMS[system]}, ${other}`;
};

/** Every system of a case in one table: what it costs, and how many times what Flow costs that is. */
function figures(row) {
  const measures = Object.keys(row.figures);
  const systems = [...new Set(measures.flatMap((measure) => Object.keys(row.figures[measure])))];
  const lines = systems.map((system) => [
    name(system),
    ...measures.map((measure) => {
      const figure = row.figures[measure][system];
      return figure === undefined ? '' : printSpread(figure);
    }),
  ]);
  return `### ${row.title}\n\n${table(['system', ...measures.map((each) => `${each}, ${MEASURES[each]}`)], lines)}\n`;
}

function phases(profile) {
  const parts = Object.entries(profile.phases).filter(([phase]) => phase !== 'the bench itself');
  const sum = parts.reduce((total, [, micros]) => total + micros, 0);
  const lines = parts
    .toSorted(([, a], [, b]) => b - a)
    .map(([phase, micros]) => [phase, printFigure(micros), `${Math.round((100 * micros) / sum)} %`]);
  const kase = CASES.find((each) => profile.name.startsWith(`${each.name}-`));
  return `### ${kase?.title ?? profile.name}\n\n${table(['part', 'us', 'share'], lines)}\n`;
}

/** Of a machine that is busy with other things the figures say little. */
const BUSY = 1.2;
const busy = rows.filter(({ load }) => load === undefined || load > BUSY).length;
const warning =
  busy === 0
    ? ''
    : `**${busy} of ${rows.length} rows were measured on a busy machine (or its load is not known): take them as a sign that the bench runs, not as figures.**\n\n`;

const one = (values) =>
  [...new Set(values)].toSorted((a, b) => String(a).localeCompare(String(b), 'en', { numeric: true })).join(', ');
const peers = Object.entries(rows[0]?.peers ?? {}).map(([peer, version]) => `${peer} ${version}`);

const text = `# What Flow costs

<!-- Written by scripts/performance.mjs from bench/results. Do not edit: measure again with \`npm run bench -- --save\`. -->

Measured ${one(rows.map(({ date }) => date))} on Node ${one(rows.map(({ node }) => node))}, medians of ${one(rows.map(({ rounds }) => rounds))} rounds
[smallest..largest]. Absolute figures are those of one machine; the ratios are what carries over. How they are taken, and
which settings the others run with, is in [bench/README.md](../bench/README.md).

${warning}Against: ${peers.join(', ')}.

## Figures to reach

Flow's figure, the other's, and their ratio. Where wall and CPU time are both measured, the worse ratio is shown. \`stretch\`
and \`target\` say what is reached.

${table(HEAD, targets)}

## Where the time goes

Self time by part of one call, from a CPU profile (\`npm run bench -- --profile <case>\`). Profiling itself makes calls slower: read the
shares.

${profiles.map(phases).join('\n')}
## All figures

What "added" says is what a system adds to the plain call. Every other system is in the same rounds as Flow.

${rows.map(figures).join('\n')}`;

const current = existsSync(page) ? readFileSync(page, 'utf8').replaceAll('\r\n', '\n') : '';
if (current === text) console.log('docs/performance.md is up to date');
else if (process.argv.includes('--check')) {
  console.error('docs/performance.md is not what bench/results say: run node scripts/performance.mjs');
  process.exitCode = 1;
} else writeFileSync(page, text);
