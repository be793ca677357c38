// SPDX-License-Identifier: Apache-2.0
// Writes docs/api.md from the declarations that the build emits; with --check only tells whether it is up to date.
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join, posix } from 'node:path';
import { parseSync, Visitor } from 'rolldown/utils';

const root = join(import.meta.dirname, '..');
const types = join(root, 'dist/esm/types');
const page = join(root, 'docs/api.md');

/** The order is for readers. What no group names comes last, so that nothing can be forgotten. */
const GROUPS = [
  ['The runtime', ['flow', 'Flow', 'RegistrationInfo', 'Exclusion', 'Diagnostic']],
  ['Scopes', ['ScopeApi', 'ScopeOptions', 'ScopeHandle', 'EndOptions', 'ScopeType', 'Captured', /Carrier/]],
  ['Marks and measurements', ['MarkOptions', 'Severity', /^Metric/, /^Measurement/]],
  [
    'Calls',
    ['ToolCalls', 'LlmCalls', 'CallOptions', /^Tool.*Options$/, /^Llm.*(?:Options|Input)$/, /^Call/, 'LlmRequest'],
  ],
  [
    'Middleware',
    [
      /^(?:Tool|Llm|Event)?Registrar$/,
      'Add',
      'Maybe',
      'Next',
      'Verdict',
      'ChangedRequest',
      'SanitizedFields',
      /^Gate/,
      /^Regist/,
      /^Kind$/i,
    ],
  ],
  [
    'Codecs',
    ['codecs', 'Codec', /^Annotated/, 'Accumulator', 'FinishReason', 'Usage', 'Cost', /Codec/, 'JsonPassthrough'],
  ],
  ['Events', [/^Atof/, 'Json', 'JsonObject', 'DataSchema']],
  ['Errors', ['FlowError', 'GuardrailRejectedError', 'isFlowError', 'ERROR_CODES', 'ErrorCode']],
];

const modules = new Map();

/** The declarations of one emitted file, its imports and what it exports, each by name. */
function moduleOf(file) {
  if (modules.has(file)) return modules.get(file);
  const path = join(types, file);
  if (!existsSync(path)) throw new Error(`${path} is missing: run node scripts/build.mjs`);
  const source = readFileSync(path, 'utf8');
  const { program, comments } = parseSync(path, source, { lang: 'dts' });
  const module = { file, source, comments, declarations: new Map(), imports: new Map(), exports: new Map() };
  modules.set(file, module);
  const at = (node) => posix.join(posix.dirname(file), node.source.value.replace(/\.js$/, '.d.ts'));
  for (const node of program.body) {
    if (node.type === 'ImportDeclaration') {
      if (node.source.value.startsWith('.'))
        for (const each of node.specifiers)
          module.imports.set(each.local.name, { file: at(node), name: each.imported?.name ?? 'default' });
      continue;
    }
    const exported = node.type === 'ExportNamedDeclaration';
    if (exported && node.declaration === null) {
      for (const { exported: as, local, exportKind } of node.specifiers)
        module.exports.set(as.name, {
          ...(node.source ? { file: at(node), name: local.name } : { file, name: local.name }),
          typeOnly: node.exportKind === 'type' || exportKind === 'type',
        });
      continue;
    }
    const declaration = exported ? node.declaration : node;
    const name = declaration?.id?.name ?? declaration?.declarations?.[0]?.id.name;
    if (name === undefined) continue;
    module.declarations.set(name, { name, module, node, declaration });
    if (exported) module.exports.set(name, { file, name, typeOnly: false });
  }
  return module;
}

/** Follows re-exports and imports to where the name is declared. */
function find(file, name) {
  const module = moduleOf(file);
  const own = module.declarations.get(name);
  if (own !== undefined) return own;
  const from = module.exports.get(name) ?? module.imports.get(name);
  return from === undefined || (from.file === file && from.name === name) ? undefined : find(from.file, from.name);
}

/** The docstring right in front of a node, as one paragraph. */
function docOf({ module, node }) {
  const doc = module.comments.findLast(
    (comment) =>
      comment.type === 'Block' &&
      comment.value.startsWith('*') &&
      comment.end <= node.start &&
      module.source.slice(comment.end, node.start).trim() === '',
  );
  if (doc === undefined) return '';
  const lines = doc.value
    .slice(1)
    .split('\n')
    .map((line) => line.replace(/^\s*\*? ?/, '').trim());
  return lines
    .join(' ')
    .trim()
    .replaceAll(/\{@link ([^}]+)\}/g, '`$1`');
}

/** The declaration as text, without what only the compiler needs. */
function signatureOf({ module, declaration }, typeOnly) {
  let text = module.source.slice(declaration.start, declaration.end).replace(/^(?:export |declare )+/, '');
  text = text.replaceAll(/^\s*#private;\n/gm, '').replaceAll(/^\s*private .*\n/gm, '');
  // Made by the runtime only.
  if (typeOnly) text = text.replaceAll(/^\s*constructor\(.*\);\n/gm, '');
  return text.replaceAll(/\{@link ([^}]+)\}/g, '$1');
}

/** Names of our own that a declaration's public part mentions. */
function mentionsOf({ module }, text) {
  const { program } = parseSync('signature.d.ts', `declare ${text}`, { lang: 'dts' });
  const names = new Set();
  new Visitor({
    TSTypeReference: (node) => void (node.typeName.type === 'Identifier' && names.add(node.typeName.name)),
    TSInterfaceHeritage: (node) => void (node.expression.type === 'Identifier' && names.add(node.expression.name)),
    TSTypeQuery: (node) => void (node.exprName.type === 'Identifier' && names.add(node.exprName.name)),
  }).visit(program);
  return [...names].map((name) => find(module.file, name)).filter((found) => found !== undefined);
}

function entry({ found, typeOnly, exported }) {
  const doc = docOf(found);
  const title = exported ? found.name : `${found.name} (not exported)`;
  return `### ${title}\n\n${doc === '' ? '' : `${doc}\n\n`}\`\`\`ts\n${signatureOf(found, typeOnly)}\n\`\`\`\n`;
}

/** What the entry exports, and what that mentions without exporting it: every signature can be read on the page. */
function reachable(file) {
  const all = [...moduleOf(file).exports].map(([name, { typeOnly }]) => ({
    found: find(file, name),
    typeOnly,
    exported: true,
  }));
  const seen = new Set(all.map(({ found }) => found));
  for (let open = all; open.length > 0;) {
    const mentioned = open.flatMap((each) => mentionsOf(each.found, signatureOf(each.found, each.typeOnly)));
    open = [...new Set(mentioned)]
      .filter((each) => !seen.has(each))
      .map((found) => ({ found, typeOnly: true, exported: false }));
    for (const each of open) seen.add(each.found);
    all.push(...open);
  }
  return all;
}

function apiSections() {
  const left = new Set(reachable('src/api/index.d.ts'));
  const section = (title, members) => `## ${title}\n\n${members.map(entry).join('\n')}`;
  const parts = GROUPS.map(([title, matchers]) => {
    const members = matchers.flatMap((matcher) => {
      const found = [...left].filter(({ found: { name } }) =>
        typeof matcher === 'string' ? name === matcher : matcher.test(name),
      );
      for (const each of found) left.delete(each);
      return found;
    });
    return members.length === 0 ? '' : section(title, members);
  });
  if (left.size > 0) parts.push(section('More types', [...left]));
  return parts.filter((part) => part !== '');
}

/** Another entry in short: a line for each export. */
function table(file) {
  const rows = [...moduleOf(file).exports].map(([name]) => {
    const found = find(file, name);
    return `| \`${name}\` | ${found === undefined ? '' : docOf(found).replaceAll('|', '\\|')} |`;
  });
  return ['| export | what it is |', '| --- | --- |', ...rows].join('\n');
}

const text = `# API reference

Generated by \`scripts/reference.mjs\` from the docstrings of the sources: do not edit. The guides say how the parts play together:
[scopes](scopes.md), [middleware](middleware.md), [events](events.md), [subscribers](subscribers.md), [codecs](codecs.md),
[propagation](propagation.md), [runs](runs.md), [signals](signals.md).

Everything up to the last two sections is \`@flow/register/api\`, for ES modules and CommonJS.

${apiSections().join('\n\n')}

## @flow/register/sdk

For applications with an OpenTelemetry set-up of their own.

${table('src/sdk/index.d.ts')}

## @flow/register/semconv

Names as constants.

${table('semconv/index.d.ts')}
`;

const oxfmt = spawnSync(join(root, 'node_modules/.bin/oxfmt'), ['--stdin-filepath', 'docs/api.md'], {
  cwd: root,
  input: text,
  encoding: 'utf8',
});
if (oxfmt.status !== 0) throw new Error(oxfmt.stderr);
const next = oxfmt.stdout;
if (!process.argv.includes('--check')) writeFileSync(page, next);
else if (!existsSync(page) || readFileSync(page, 'utf8') !== next) {
  console.error('docs/api.md is out of date; run: node scripts/build.mjs && node scripts/reference.mjs');
  process.exitCode = 1;
}
