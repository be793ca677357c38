// SPDX-License-Identifier: Apache-2.0
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { rolldown } from 'rolldown';
import { afterAll, describe, expect, it } from 'vitest';
import { VERSIONS } from '../../support/application-versions.ts';
import { copyPackage } from '../../support/application-tree.ts';
import { type AppResult, ROOT, runApp } from '../../support/run.ts';
import { installed, makeTree } from './installed.ts';

const CORE = '@openai/agents-core';
// Earlier versions do not name their errors.
const TOOL_ERROR: unknown = VERSIONS === undefined ? 'ToolCallError' : expect.stringMatching(/Error$/);
const { version } = JSON.parse(readFileSync(join(installed(CORE), 'package.json'), 'utf8')) as { version: string };
const trees: string[] = [];
afterAll(() => trees.forEach((tree) => rmSync(tree, { recursive: true })));

function treeOf(packages?: readonly string[]): string {
  const tree = makeTree(['copy-app.mjs'], packages);
  trees.push(tree);
  return tree;
}

async function run(file: string, how: string, args: readonly string[] = []): Promise<AppResult> {
  const env = { OTEL_TRACES_EXPORTER: 'none', OTEL_METRICS_EXPORTER: 'none', OTEL_LOGS_EXPORTER: 'none' };
  return runApp({ args, file, programArgs: [how], env, timeout: 50_000 });
}

describe('a version of OpenAI Agents without the functions by which it calls tools', { timeout: 60_000 }, () => {
  it('is warned about once for each format, stands in the coverage ledger, and runs on', async () => {
    const tree = treeOf(['@modelcontextprotocol', 'debug', 'openai', 'zod']);
    copyPackage(installed(CORE), join(tree, 'node_modules', CORE), {
      renamed: { invokeFunctionTool: 'callFunctionTool', getAllTools: 'allTools' },
      within: /^dist\/.*\.m?js$/,
    });
    const { code, stdout, stderr } = await run(join(tree, 'copy-app.mjs'), 'hooks', [
      '--import',
      join(ROOT, 'dist/esm/register.js'),
    ]);
    expect(code).toBe(0);
    const warning = (format: string): string =>
      `flow: ${CORE}@${version} (${format}) has no function tools: calls that go there are neither observed nor controlled; use a version of the majors 0 to 0, or report this version`;
    const warnings = stderr.split('\n').filter((line) => line.includes('has no'));
    expect(warnings).toEqual(['esm', 'cjs'].map(warning));
    const patched = ['Runner.run', 'Agent.emit', 'guardrails'];
    const row = (format: string): object => ({ format, patched, missing: ['function tools'], calls: 1 });
    expect(
      stdout
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line) as unknown),
    ).toEqual(['done', 'done', ['esm', 'cjs'].map(row)]);
  });
});

describe('OpenAI Agents in a bundle', { timeout: 60_000 }, () => {
  it('is patched by hand: a tool is refused', async () => {
    const tree = treeOf();
    const bundle = await rolldown({
      input: join(tree, 'copy-app.mjs'),
      platform: 'node',
      external: [/^@flow\/register/, /^@modelcontextprotocol\//, 'openai'],
      onLog: () => undefined,
    });
    await bundle.write({ file: join(tree, 'bundle.mjs'), format: 'esm', codeSplitting: false });
    const { code, stdout, stderr } = await run(join(tree, 'bundle.mjs'), 'hand');
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const lines = stdout.trimEnd().split('\n');
    const points = { patched: ['function tools', 'Runner.run', 'Agent.emit'], missing: [] };
    expect(lines.shift()).toBe('true false');
    expect(lines.map((line) => JSON.parse(line) as unknown)).toEqual([
      [TOOL_ERROR, 'FLOW_GUARDRAIL_REJECTED'],
      [{ format: 'bundled', ...points, calls: 2 }],
    ]);
  });
});
