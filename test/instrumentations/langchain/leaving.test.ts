// SPDX-License-Identifier: Apache-2.0
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { VERSIONS } from '../../support/application-versions.ts';
import type { OpenAiServer } from '../../support/openai-server/server.ts';
import { ROOT, runApp } from '../../support/run.ts';
import { makeTree } from './installed.ts';
import { startModels } from './model-server.ts';

/** Name, status, whether it was cancelled, and why. */
type End = readonly [string, string, boolean, string | null];

const tree = makeTree();
let server: OpenAiServer;
beforeAll(async () => {
  server = await startModels();
});
afterAll(async () => {
  await server.close();
  rmSync(tree, { recursive: true });
});

const LEFT = ['UNSET', true, 'the consumer closed the stream'] as const;
const DONE = ['OK', false, null] as const;

describe.each(['esm', 'cjs'])('a graph whose run is left in the middle (%s)', (format) => {
  const rows = new Map<string, readonly End[]>();
  beforeAll(async () => {
    const { code, stdout, stderr } = await runApp({
      args: ['--import', join(ROOT, 'dist/esm/register.js')],
      file: join(tree, 'leaving-app.mjs'),
      programArgs: [server.origin, format],
      env: { OTEL_TRACES_EXPORTER: 'none', OTEL_METRICS_EXPORTER: 'none', OTEL_LOGS_EXPORTER: 'none' },
      timeout: 60_000,
    });
    if (code !== 0 || stderr !== '') throw new Error(`the application ended with ${code}: ${stderr}`);
    for (const line of stdout.trimEnd().split('\n')) {
      const { what, ends } = JSON.parse(line) as { readonly what: string; readonly ends: readonly End[] };
      rows.set(what, ends);
    }
  }, 60_000);

  // Since LangGraph 1.7.3 the run stops with its reader, and all beneath it that listens; before, it goes on.
  it.each([
    ['a graph', ['graph']],
    ['a graph that could be aborted', ['graph']],
    ['a graph as an event stream', ['graph']],
    ['a graph within', ['inner', 'outer']],
    ['a graph within that is given nothing', ['inner', 'outer']],
    ['a model', ['graph', 'langchain']],
    ['a model with an SDK', ['graph', 'openai']],
    ['a tool', ['graph', 'tool']],
    ['a scope', ['graph', 'own']],
    ['events', ['graph']],
  ])('by its reader: ends as the stream was closed or as the run ends, never as an error (%s)', (what, names) => {
    expect(rows.get(what)).toEqual(names.map((name) => [name, ...(VERSIONS === undefined ? LEFT : DONE)]));
  });

  it('by its reader, a node of another, which goes on', () => {
    const inner = VERSIONS === undefined ? LEFT : DONE;
    expect(rows.get('a graph whose node leaves another')).toEqual([
      ['inner', ...inner],
      ['outer', ...DONE],
    ]);
  });

  it.each(['undefined', 'enough', 'Error: enough'])(
    'by its reader, who cancels the stream: ends as closed with any version (%s)',
    (reason) => {
      expect(rows.get(`cancelled with ${reason}`)).toEqual([['graph', ...LEFT]]);
    },
  );

  it.each(['undefined', 'enough', 'Error: enough'])(
    "by its caller's own signal: ends as cancelled by an error, with the reason, as what is beneath it does (%s)",
    (reason) => {
      const aborted = ['ERROR', true, reason === 'undefined' ? 'This operation was aborted' : 'enough'];
      expect(rows.get(`aborted by its caller with ${reason}`)).toEqual([
        ['inner', ...aborted],
        ['langchain', 'ERROR', true, 'The operation was aborted'],
        ['outer', ...aborted],
      ]);
    },
  );

  it("by its caller's own signal first and its reader then: was aborted, with what is beneath it", () => {
    const aborted = ['ERROR', true, 'This operation was aborted'];
    expect(rows.get('aborted by its caller who leaves')).toEqual([
      ['graph', ...aborted],
      ['tool', ...aborted],
    ]);
  });

  it('tells a failure that came before the reader left, and a deadline, as what they are', () => {
    expect(rows.get('failed before')).toEqual([['graph', 'ERROR', false, 'no']]);
    expect(rows.get('a deadline')).toEqual([['graph', 'ERROR', false, 'The operation was aborted due to timeout']]);
  });
});
