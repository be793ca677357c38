// SPDX-License-Identifier: Apache-2.0
// Writes the example files, and what they print, into the guides; with --check only tells what is out of date. Names of guides limit it to
// those. A guide shows a file after `<!-- file: scopes/agent.mjs -->` and commands with their output after `<!-- run: scopes -->`, or after
// `<!-- run: frameworks in test/apps/frameworks -->` with what that application has installed.
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, globSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { basename, extname, join } from 'node:path';
import { instrumentations } from '../instrumentations/index.ts';
import { startAnthropicServer } from '../test/support/anthropic-server/server.ts';
import { startGeminiServer } from '../test/support/gemini-server/server.ts';
import { startOpenAiServer } from '../test/support/openai-server/server.ts';

const root = join(import.meta.dirname, '..');
const examples = join(root, 'examples/guides');
const check = process.argv.includes('--check');
const wanted = process.argv.slice(2).filter((argument) => !argument.startsWith('-'));

const BLOCK = /(<!-- (file|run|coverage): ([^>]+?) -->\n\n)(?:```\w+\n[\s\S]*?```\n|(?:\|.*\n)+)/g;
const LICENCE = '// SPDX-License-Identifier: Apache-2.0\n';

/** The text with each match replaced by what the promise brings, one after the other: runs share a folder. */
async function replaceEach(text, pattern, replace) {
  let done = '';
  let from = 0;
  for (const match of text.matchAll(pattern)) {
    done += text.slice(from, match.index) + (await replace(match));
    from = match.index + match[0].length;
  }
  return done + text.slice(from);
}

/** Runs one command as a reader would; what it prints, standard error included. */
async function run(command, cwd, env) {
  const child = spawn('sh', ['-c', `{ ${command}\n} 2>&1`], {
    cwd,
    env,
    stdio: ['ignore', 'pipe', 'inherit'],
    timeout: 30_000,
  });
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (text) => (output += text));
  await once(child, 'close');
  return output.trimEnd();
}

async function runAll(block, cwd, env) {
  const commands = block.split('\n').filter((line) => line.startsWith('$ '));
  const printed = [];
  for (const line of commands) {
    if (line.startsWith('$ export ')) Object.assign(env, exported(line));
    const output = await run(line.slice(2), cwd, env);
    printed.push(output === '' ? line : `${line}\n${output}`);
  }
  return printed.join('\n');
}

// Each line has a shell of its own; what one exports holds for those after it.
function exported(line) {
  return Object.fromEntries(
    line
      .split(' ')
      .slice(2)
      .map((pair) => pair.split('=', 2)),
  );
}

// By short name: the packages of one framework are one row each, with what each of them lets by.
const tables = {
  instrumentations: () =>
    table(
      ['short name', 'package', 'tested majors'],
      instrumentations.map(({ name, module, majors: [oldest, newest] }) => [
        `\`${name}\``,
        `\`${module}\``,
        oldest === newest ? `${oldest}` : `${oldest} to ${newest}`,
      ]),
    ),
  unseen: () =>
    table(
      ['package', 'what', 'do'],
      instrumentations.flatMap(({ module, unseen }) =>
        unseen.map(({ what, instead }, index) => [index === 0 ? `\`${module}\`` : '', what, instead]),
      ),
    ),
};

const row = (cells) => `| ${cells.join(' | ')} |\n`;
const table = (head, rows) => [head, head.map(() => '---'), ...rows].map(row).join('');

async function written(page, folders, env) {
  const text = readFileSync(page, 'utf8');
  const next = await replaceEach(text, BLOCK, async ([block, marker, kind, name]) => {
    if (kind === 'coverage') return marker + tables[name]();
    if (kind === 'file') {
      const code = readFileSync(join(examples, name), 'utf8').replace(LICENCE, '').trim();
      return `${marker}\`\`\`${extname(name).replace('.m', '').replace('.', '')}\n// ${basename(name)}\n${code}\n\`\`\`\n`;
    }
    return `${marker}\`\`\`console\n${await runAll(block, folderOf(folders, ...name.split(' in ')), env)}\n\`\`\`\n`;
  });
  return { text, next: formatted(next) };
}

// Inside the package, so that its own name resolves there as it does in an application.
function folderOf(folders, name, app) {
  let folder = folders.get(name);
  if (folder === undefined) {
    folder = mkdtempSync(join(root, 'test/docs/.guide-'));
    cpSync(join(examples, name), folder, { recursive: true });
    if (app !== undefined) symlinkSync(join(root, app, 'node_modules'), join(folder, 'node_modules'));
    folders.set(name, folder);
  }
  return folder;
}

function formatted(text) {
  const options = { cwd: root, input: text, encoding: 'utf8' };
  const { status, stdout, stderr } = spawnSync(
    join(root, 'node_modules/.bin/oxfmt'),
    ['--stdin-filepath', 'docs/guide.md'],
    options,
  );
  if (status !== 0) throw new Error(stderr);
  return stdout;
}

const servers = [await startOpenAiServer(), await startAnthropicServer(), await startGeminiServer()];
const [openai, anthropic, gemini] = servers;
const folders = new Map();
try {
  const kept = Object.entries(process.env).filter(
    ([name]) => !/^(?:OTEL|FLOW|NODE|VITEST|OPENAI|ANTHROPIC|GOOGLE|GEMINI)_/.test(name),
  );
  const env = {
    ...Object.fromEntries(kept),
    PATH: `${join(root, 'node_modules/.bin')}:${process.env.PATH}`,
    NO_COLOR: '1',
    OPENAI_BASE_URL: openai.url,
    OPENAI_API_KEY: 'sk-test',
    ANTHROPIC_BASE_URL: anthropic.url,
    ANTHROPIC_API_KEY: 'sk-ant-test',
    GOOGLE_GEMINI_BASE_URL: gemini.url,
    GOOGLE_API_KEY: 'test',
  };
  const pages = globSync('docs/*.md', { cwd: root }).filter((page) => page !== 'docs/api.md');
  for (const page of pages.filter((each) => wanted.length === 0 || wanted.includes(basename(each, '.md')))) {
    const path = join(root, page);
    const { text, next } = await written(path, folders, { ...env });
    if (text === next) continue;
    if (!check) {
      writeFileSync(path, next);
      console.log(`${page}: written`);
      continue;
    }
    console.error(`${page} is out of date; run: node scripts/guides.mjs ${basename(page, '.md')}`);
    const lines = text.split('\n');
    next.split('\n').forEach((line, index) => line !== lines[index] && console.error(`  ${index + 1}: ${line}`));
    process.exitCode = 1;
  }
} finally {
  for (const folder of folders.values()) rmSync(folder, { recursive: true });
  for (const server of servers) await server.close();
}
