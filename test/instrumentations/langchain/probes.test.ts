// SPDX-License-Identifier: Apache-2.0
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { ROOT, runApp } from '../../support/run.ts';
import { makeDoctoredTree } from './installed.ts';

it('says what a version lacks: a warning, a row of the ledger, and a refusal where that is wanted', async () => {
  const tree = makeDoctoredTree({
    'async call(arg, configArg, tags)': 'async later(arg, configArg, tags)',
    _generateUncached: '_generateLater',
    '_streamIterator(': '_streamLater(',
  });
  const { code, stdout, stderr } = await runApp({
    args: ['--import', join(ROOT, 'dist/esm/register.js')],
    file: join(tree, 'later-app.mjs'),
    env: { OTEL_TRACES_EXPORTER: 'none', OTEL_METRICS_EXPORTER: 'none', OTEL_LOGS_EXPORTER: 'none' },
  });
  rmSync(tree, { recursive: true });
  expect(code).toBe(0);
  const missing = {
    '@langchain/core/tools': ['StructuredTool.call'],
    '@langchain/core/language_models/chat_models': ['BaseChatModel._generateUncached', 'BaseChatModel._streamIterator'],
    '@langchain/langgraph/pregel': ['Pregel._streamIterator'],
  };
  const rows = JSON.parse(stdout) as readonly { readonly name: string; readonly missing: readonly string[] }[];
  for (const format of ['esm', 'cjs'])
    for (const [name, points] of Object.entries(missing)) {
      const module = name.replace('/pregel', '');
      expect(rows).toContainEqual(expect.objectContaining({ name: module, format, missing: points }));
      expect(stderr).toMatch(
        new RegExp(
          `${module}@[\\d.]+ \\(${format}\\) has no ${points.join(', ')}: calls that go there are neither observed`,
        ),
      );
    }
});
